import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadTestResult } from '../phases.ts';
import { htmlReport } from './html.ts';
import { markdown } from './markdown.ts';

/** Leaves `verdict.json`, all that was found; `summary.md`, what a person reads; `report.html`, the same with plots. */
export async function writeReport(directory: string, result: LoadTestResult): Promise<void> {
  await writeFile(join(directory, 'verdict.json'), JSON.stringify(result, null, 1));
  await writeFile(join(directory, 'summary.md'), markdown(result));
  await writeFile(join(directory, 'report.html'), await htmlReport(result));
}
