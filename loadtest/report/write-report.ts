import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadTestResult } from '../phases.ts';
import { markdown } from './markdown.ts';

/** Leaves `verdict.json`, all that was found, and `summary.md`, what a person reads. */
export async function writeReport(directory: string, result: LoadTestResult): Promise<void> {
  await writeFile(join(directory, 'verdict.json'), JSON.stringify(result, null, 1));
  await writeFile(join(directory, 'summary.md'), markdown(result));
}
