import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadTestResult } from '../phases.ts';
import { htmlReport } from './html.ts';
import { markdown } from './markdown.ts';
import { hasDifferences, overheadSvg } from './plots/overhead.ts';

/**
 * Leaves `verdict.json`, all that was found; `summary.md`, what a person reads; `report.html`, the same with plots; `overhead.svg`, the
 * plot that persuades.
 */
export async function writeReport(directory: string, result: LoadTestResult): Promise<void> {
  await writeFile(join(directory, 'verdict.json'), JSON.stringify(result, null, 1));
  await writeFile(join(directory, 'summary.md'), markdown(result));
  await writeFile(join(directory, 'report.html'), await htmlReport(result));
  if (result.overhead !== null && hasDifferences(result.overhead))
    await writeFile(join(directory, 'overhead.svg'), await overheadSvg(result.overhead));
}
