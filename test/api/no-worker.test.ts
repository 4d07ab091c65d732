import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, type Program, startProgram } from '../support/programs.ts';
import type { Sight } from './workerless-application.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const APPLICATION = fileURLToPath(new URL('workerless-application.ts', import.meta.url));
const EVENTS = 5000;
const CAPACITY = 1024;
let program: Program | undefined;
let directory: string | undefined;
afterEach(async () => {
  await program?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

function sights(): Promise<Sight[]> {
  const lines = program?.output().split('\n') ?? [];
  return Promise.resolve(lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));
}

/** Resolves with the n-th thing that the program has printed. */
function sight(n: number): Promise<Sight> {
  return eventually(`stage ${n} of: ${program?.output()}`, async () => (await sights())[n], 30);
}

async function exitCode(): Promise<number | null> {
  return eventually('the program to end', async () => program?.process.exitCode ?? undefined, 30);
}

/** The sources under a path of their own, in which a test may make havoc; packages resolve as they do here. */
async function copySources(): Promise<string> {
  await mkdir(`${ROOT}/.cache`, { recursive: true });
  const copy = await mkdtemp(`${ROOT}/.cache/no-worker-`);
  await cp(`${ROOT}/src`, `${copy}/src`, { recursive: true });
  return copy;
}

describe('a worker thread that cannot be started', () => {
  it('leaves the application running: one warning, recording, statistics, and its end', async () => {
    const flags = ['--permission', '--allow-fs-read=*'];
    program = startProgram(process.execPath, [...flags, APPLICATION, `${ROOT}/src/index.ts`, '3']);
    const { warnings, backlog, statistics, lines } = await sight(0);
    expect(warnings.map(({ code }) => code)).toEqual(['PERF_WORKER_FAILED']);
    expect(backlog).toBeGreaterThanOrEqual(EVENTS);
    expect(statistics.ring).toMatchObject({ recorded: 0, aggregated: 0, overwritten: 0 });
    expect(statistics.events.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0]);
    expect(lines).toBeGreaterThan(20);
    expect((await sight(1)).warnings).toHaveLength(1);
    expect(await exitCode()).toBe(0);
  });

  it('and comes later counts what was overwritten meanwhile, once', async () => {
    directory = await copySources();
    await rename(`${directory}/src/worker.ts`, `${directory}/worker.ts`);
    program = startProgram(process.execPath, [APPLICATION, `${directory}/src/index.ts`, '2', 'wait']);
    const before = await sight(0);
    expect(before.warnings.map(({ code }) => code)).toEqual(['PERF_WORKER_FAILED']);
    expect(before.statistics.ring.recorded).toBe(0);
    await rename(`${directory}/worker.ts`, `${directory}/src/worker.ts`);

    const { warnings, statistics } = await sight(1);
    const { recorded, aggregated, overwritten } = statistics.ring;
    expect(recorded).toBe(aggregated + overwritten);
    // Pauses of this process are records too.
    expect(recorded).toBeGreaterThanOrEqual(EVENTS);
    const { count } = statistics.events[2];
    expect(count).toBeLessThan(CAPACITY);
    expect(overwritten).toBeGreaterThanOrEqual(EVENTS - count);
    expect(overwritten).toBeLessThanOrEqual(recorded - count);
    expect(warnings).toHaveLength(1);
    expect(await exitCode()).toBe(0);
  });
});
