import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A checkout in which the chart's files may change. */
let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'perf-metrics-chart-'));
  mkdirSync(join(checkout, 'scripts'));
  mkdirSync(join(checkout, 'helm/perf-metrics'), { recursive: true });
  for (const path of ['node_modules', 'src', 'scripts/tools', 'loadtest'])
    symlinkSync(join(ROOT, path), join(checkout, path));
  cpSync(join(ROOT, 'scripts/chart'), join(checkout, 'scripts/chart'), { recursive: true });
  for (const file of ['values.yaml', 'values.schema.json', 'README.md'])
    cpSync(join(ROOT, 'helm/perf-metrics', file), join(checkout, 'helm/perf-metrics', file));
  const scripts = 'helm/perf-metrics/files/loadtest';
  cpSync(join(ROOT, scripts), join(checkout, scripts), { recursive: true });
});

afterEach(() => rmSync(checkout, { recursive: true }));

function makeChart(...args: string[]): { status: number | null; stderr: string } {
  const command = [join(checkout, 'scripts/chart/values.ts'), ...args];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, stderr };
}

function editValues(edit: (text: string) => string): void {
  const path = join(checkout, 'helm/perf-metrics/values.yaml');
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}

it('says nothing of files that are up to date', () => {
  expect(makeChart('--check')).toEqual({ status: 0, stderr: '' });
});

it('names each file that values.yaml has left behind, and the command that puts it right, which does', () => {
  editValues((text) => text.replace('scrapeInterval: 5s', 'scrapeInterval: 10s'));

  expect(makeChart('--check')).toEqual({
    status: 1,
    stderr: ['values.schema.json', 'README.md']
      .map((file) => `helm/perf-metrics/${file} is not what values.yaml says; run: make chart\n`)
      .join(''),
  });
  expect(makeChart()).toEqual({ status: 0, stderr: '' });
  expect(makeChart('--check')).toEqual({ status: 0, stderr: '' });
});

it('names each script of k6 of which the chart holds another version, or none, and puts that right', () => {
  const folder = join(checkout, 'helm/perf-metrics/files/loadtest');
  writeFileSync(join(folder, 'options.js'), '// older');
  rmSync(join(folder, 'wait.js'));

  expect(makeChart('--check')).toEqual({
    status: 1,
    stderr: ['options.js', 'wait.js']
      .map((file) => `helm/perf-metrics/files/loadtest/${file} is not what loadtest/ says; run: make chart\n`)
      .join(''),
  });
  expect(makeChart()).toEqual({ status: 0, stderr: '' });
  expect(makeChart('--check')).toEqual({ status: 0, stderr: '' });
});

it('writes nothing while values.yaml has a fault, and names its line', () => {
  editValues((text) => `${text.trimEnd()}\nforgotten: 1\n`);
  const lines = readFileSync(join(checkout, 'helm/perf-metrics/values.yaml'), 'utf8')
    .trimEnd()
    .split('\n').length;
  const before = readFileSync(join(checkout, 'helm/perf-metrics/values.schema.json'), 'utf8');

  expect(makeChart()).toEqual({
    status: 1,
    stderr: `helm/perf-metrics/values.yaml: line ${lines}: forgotten has no description; write a comment right above it\n`,
  });
  expect(readFileSync(join(checkout, 'helm/perf-metrics/values.schema.json'), 'utf8')).toBe(before);
});
