import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nextMessage, startChild } from './child-process.ts';
import type { FleetTargetsInput, FleetTargetsResult } from './children/fleet-targets.ts';
import { type Figure, spread } from './spread.ts';
import type { Topic } from './table.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const GOAL_TARGETS = 500;
const LEVELS = [500, 750, 1000, 1500, 2000];
/** The cadence holds while not more rounds than this share begin late. */
const LATE_SHARE = 0.02;
const CLOCK_TICKS_PER_SECOND = 100;

interface Level {
  readonly targets: number;
  readonly kibibytes: number;
  readonly cpuCores: number;
  readonly residentMegabytes: number;
  readonly roundMillis: Figure;
  readonly lagMillis: Figure;
  readonly roundsPerSecond: number;
  readonly lateShare: number;
  readonly mergedShare: number;
}

/** One aggregation worker, on one core, and more and more targets until it no longer keeps its cadence. */
export async function measureFleetScale(isQuick: boolean): Promise<Topic> {
  const levels: Level[] = [];
  for (const targets of isQuick ? [GOAL_TARGETS] : LEVELS) {
    const level = await measureLevel(targets, isQuick ? 8 : 20);
    levels.push(level);
    if (!holds(level)) break;
  }
  const goal = levels[0];
  const broken = levels.find((level) => !holds(level));
  return {
    id: 'fleet-scale',
    title: 'Aggregation worker: one round a second over HTTP targets, on one core',
    columns: [
      { key: 'targets', label: 'targets', digits: 0 },
      { key: 'kibibytes', label: 'KiB each', digits: 0 },
      { key: 'cpuCores', label: 'cores', digits: 2 },
      { key: 'residentMegabytes', label: 'MB resident', digits: 0 },
      { key: 'roundMillis', label: 'round, ms', digits: 0 },
      { key: 'lagMillis', label: 'lag, ms', digits: 1 },
      { key: 'roundsPerSecond', label: 'rounds/s', digits: 2 },
      { key: 'lateShare', label: 'late', digits: 3 },
      { key: 'mergedShare', label: 'merged', digits: 4 },
    ],
    rows: levels.map((level) => ({ ...level })),
    goals: [
      {
        what: `cadence of 1 s with ${GOAL_TARGETS} targets on one core`,
        goal: 'kept',
        measured: `${goal.roundsPerSecond.toFixed(2)} rounds/s, ${(100 * goal.lateShare).toFixed(1)} % late, ${goal.cpuCores.toFixed(2)} cores`,
        isMet: holds(goal),
      },
    ],
    notes: [
      'perf-metrics fleet as users run it, pinned to one core with taskset; the targets are real HTTP servers in a process on another core',
      `each serves 7 events, ${goal.kibibytes.toFixed(0)} KiB, its totals and windows different in each round; beyond ${GOAL_TARGETS}, targets share figures`,
      broken === undefined
        ? `the cadence held up to ${levels.at(-1)?.targets} targets, the most that were tried`
        : `the cadence breaks at ${broken.targets} targets (more than ${100 * LATE_SHARE} % of the rounds late, or not all merged)`,
    ],
  };
}

function holds({ lateShare, mergedShare, roundsPerSecond }: Level): boolean {
  return lateShare <= LATE_SHARE && mergedShare >= 0.999 && roundsPerSecond > 0.98;
}

async function measureLevel(targets: number, seconds: number): Promise<Level> {
  const directory = await mkdtemp(join(tmpdir(), 'perf-metrics-fleet-'));
  const source = startChild('fleet-targets', { count: targets } satisfies FleetTargetsInput);
  const served = await nextMessage<FleetTargetsResult>(source);
  await pin(source.pid, 1);
  const file = join(directory, 'targets.json');
  await writeFile(file, JSON.stringify(served.urls));
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const fleet = spawn(
    'taskset',
    [
      '-c',
      '0',
      process.execPath,
      CLI,
      'fleet',
      '--targets-file',
      file,
      '--port',
      String(port),
      '--log-level',
      'error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  try {
    await untilMerged(port, targets);
    const first = await roundOf(port);
    const cpuBefore = await cpuSeconds(fleet.pid);
    const startedAt = performance.now();
    const rounds: Record<string, number>[] = [];
    for (let i = 0; i < seconds; i++) {
      await sleep(1000);
      rounds.push(await roundOf(port));
    }
    const elapsed = (performance.now() - startedAt) / 1e3;
    const last = rounds.at(-1) ?? first;
    const counted = last.perf_fleet_rounds_total - first.perf_fleet_rounds_total;
    return {
      targets,
      kibibytes: served.bytesEach / 1024,
      cpuCores: ((await cpuSeconds(fleet.pid)) - cpuBefore) / elapsed,
      residentMegabytes: (await residentBytes(fleet.pid)) / 1e6,
      roundMillis: spread(rounds.map((round) => 1e3 * round.perf_fleet_round_seconds)),
      lagMillis: spread(rounds.map((round) => 1e3 * round.perf_fleet_round_lag_seconds)),
      roundsPerSecond: counted / elapsed,
      lateShare: (last.perf_fleet_late_rounds_total - first.perf_fleet_late_rounds_total) / counted,
      mergedShare: rounds.reduce((sum, round) => sum + round.merged, 0) / (targets * rounds.length),
    };
  } finally {
    fleet.kill('SIGKILL');
    source.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}

/** Waits for a steady state, or long enough: beyond what one core can merge there is none, and the level shows it. */
async function untilMerged(port: number, targets: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  let isAnswering = false;
  while (performance.now() < deadline) {
    const round = await roundOf(port).catch(() => undefined);
    isAnswering ||= round !== undefined;
    // A few rounds more: code that is not optimised yet is no part of the cadence.
    if (round !== undefined && round.merged >= 0.9 * targets && round.perf_fleet_rounds_total > 8) return;
    await sleep(500);
  }
  if (!isAnswering)
    throw new Error(`the aggregation worker of ${targets} targets did not answer within 30 s`);
}

async function roundOf(port: number): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values: Record<string, number> = {};
  for (const [, name, value] of text.matchAll(
    /^(perf_fleet_(?:rounds_total|late_rounds_total|round_\w+)) (\S+)$/gm,
  ))
    values[name] = Number(value);
  values.merged = Number(/^perf_fleet_targets\{state="merged"\} (\S+)$/m.exec(text)?.[1] ?? 0);
  return values;
}

async function pin(pid: number | undefined, core: number): Promise<void> {
  const child = spawn('taskset', ['-a', '-cp', String(core), String(pid)], { stdio: 'ignore' });
  await new Promise((resolve) => child.on('close', resolve));
}

async function cpuSeconds(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

async function residentBytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]);
}
