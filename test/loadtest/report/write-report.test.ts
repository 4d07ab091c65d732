import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeReport } from '../../../loadtest/report/write-report.ts';
import { emptyResult, fullResult } from './result.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'write-report-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('what a load test leaves behind', () => {
  it('is the verdict for programs, a summary and a report for people, and the plot of the overhead', async () => {
    const result = fullResult();
    await writeReport(directory, result);
    expect(readdirSync(directory).sort()).toEqual([
      'overhead.svg',
      'report.html',
      'summary.md',
      'verdict.json',
    ]);
    const verdict: unknown = JSON.parse(readFileSync(join(directory, 'verdict.json'), 'utf8'));
    expect(verdict).toMatchObject({ verdict: 'pass', overhead: { sets: result.overhead?.sets } });
    expect(readFileSync(join(directory, 'overhead.svg'), 'utf8')).toContain('CPU time, whole process');
  });

  it('has no plot of what was not measured', async () => {
    await writeReport(directory, emptyResult());
    expect(readdirSync(directory).sort()).toEqual(['report.html', 'summary.md', 'verdict.json']);
  });
});
