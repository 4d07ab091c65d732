import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventID } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import { Service } from './service.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const ID = EventID.SIGNAL_GENERATION;
const run = promisify(execFile);
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/perf-dumps-`);
});
afterEach(() => rm(directory, { recursive: true }));

it('dumps are written at the interval, and a last one by stop(), which the command line reports on', async () => {
  await using service = await Service.start({ dumpDirectory: directory, dumpIntervalSeconds: 1 });
  service.record(ID, 700, 0.003);
  const before = await eventually('a dump', async () => {
    const names = await readdir(directory);
    return names.length > 0 ? names : undefined;
  });
  service.record(ID, 300, 0.003);
  const { at } = await service.stopAndCheck(ID, 1000);
  expect((await readdir(directory)).length).toBeGreaterThan(before.length);

  const { stdout: report, stderr } = await run(process.execPath, [CLI, 'report', directory]);
  expect(report).toMatch(/signal_generation\s+1,000/);
  expect(report).toContain('of 1 run of a process');
  expect(stderr).toBe('');
  const { stdout: json } = await run(process.execPath, [CLI, 'report', directory, '--json']);
  const { events, to } = JSON.parse(json);
  expect(to).toBe(at);
  expect(events.find(({ event }: { event: string }) => event === 'signal_generation').count).toBe(1000);
});
