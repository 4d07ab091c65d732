import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { dashboardFiles } from '../../grafana/dashboards.ts';

const BUILD = fileURLToPath(new URL('../../grafana/build.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'perf-metrics-dashboards-'));

afterAll(() => rmSync(directory, { recursive: true }));

function build(...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [BUILD, ...args], { encoding: 'utf8' });
}

it('finds the committed dashboards as the sources make them (else run: make dashboards)', () => {
  expect(build('--check')).toMatchObject({ status: 0, stderr: '' });
});

it('writes the same bytes each time', () => {
  expect([...dashboardFiles()]).toEqual([...dashboardFiles()]);
});

it('names what is edited, missing or strange, says what to run, and that mends it', () => {
  build(directory);
  const [edited, missing] = [...dashboardFiles().keys()] as [string, string];
  const text = readFileSync(join(directory, edited), 'utf8');
  writeFileSync(join(directory, edited), text.replace('Objective', 'Target'));
  rmSync(join(directory, missing));
  writeFileSync(join(directory, 'strange.json'), '{}');

  const { status, stderr } = build('--check', directory);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n').sort()).toEqual(
    [edited, missing, 'strange.json']
      .sort()
      .map((name) => `${name} is not what grafana/*.ts make; run: make dashboards`),
  );

  build(directory);
  expect(build('--check', directory).status).toBe(0);
  expect(readdirSync(directory).sort()).toEqual([...dashboardFiles().keys()].sort());
});
