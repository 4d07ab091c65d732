import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Statistics } from '../../src/contract/statistics.ts';
import { dumpName } from '../../src/export/dump-files.ts';
import { renderDumpReport } from '../../src/export/dump-report.ts';
import { summarizeDumps } from '../../src/export/dump-summary.ts';
import type { Dump } from '../../src/export/dumps.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture, START } from './picture.ts';

const MINUTE = 60_000;
const base = readStatistics(busyPicture().source);
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

interface Moment {
  readonly minute: number;
  readonly run?: number;
  readonly pid?: number;
  readonly count: number;
  readonly breaches?: number;
  readonly p99?: number | null;
}

/** A dump with one event: `run` minutes after START the process began. */
function dump({ minute, run = 0, pid = 1, count, breaches = 0, p99 = 0.001 }: Moment): Dump {
  const [, event] = base.events;
  const quantiles = p99 === null ? null : { p50: 0.0005, p95: p99, p99, p999: p99 };
  const windows = { ...event.windows, '1m': { ...event.windows['1m'], quantiles } };
  const statistics: Statistics = {
    ...base,
    startedAt: START + run * MINUTE,
    at: START + minute * MINUTE,
    events: [{ ...event, count, errors: 0, breaches, windows }],
  };
  return { schemaVersion: 1, pid, statistics };
}

async function* each(moments: readonly Moment[]): AsyncGenerator<Dump> {
  for (const moment of moments) yield dump(moment);
}

const only = async (moments: readonly Moment[], from?: number) =>
  (await summarizeDumps(each(moments), from)).events[0];

describe('summarizeDumps', () => {
  it('counts what a run that began within the period has counted', async () => {
    const event = await only([
      { minute: 1, count: 10 },
      { minute: 2, count: 30, breaches: 3 },
    ]);
    expect(event).toMatchObject({ count: 30, breaches: 3, compliance: 0.9 });
  });

  it('counts only the increase of a run that began before', async () => {
    const moments = [
      { minute: 10, count: 1000, breaches: 50 },
      { minute: 11, count: 1100, breaches: 60 },
    ];
    expect(await only(moments, START + 5 * MINUTE)).toMatchObject({
      count: 100,
      breaches: 10,
      compliance: 0.9,
    });
  });

  it('goes on counting over a restart, though the counters begin at 0 again', async () => {
    const moments = [
      { minute: 1, count: 100 },
      { minute: 2, count: 150 },
      { minute: 4, run: 3, count: 20 },
      { minute: 5, run: 3, count: 50 },
    ];
    expect((await only(moments)).count).toBe(200);
    expect((await summarizeDumps(each(moments))).runs).toBe(2);
  });

  it('takes a counter that falls within a run for one that was begun anew', async () => {
    expect(
      (
        await only([
          { minute: 1, count: 100 },
          { minute: 2, count: 30 },
          { minute: 3, count: 40 },
        ])
      ).count,
    ).toBe(140);
  });

  it('adds up processes that write to one directory', async () => {
    const moments = [
      { minute: 1, pid: 1, count: 10 },
      { minute: 1, pid: 2, count: 5 },
      { minute: 2, pid: 1, count: 20 },
      { minute: 2, pid: 2, count: 8 },
    ];
    expect((await only(moments)).count).toBe(28);
  });

  it('tells the median and the worst P99, and when that was', async () => {
    const p99 = [0.001, 0.009, null, 0.003, 0.002];
    const event = await only(p99.map((value, i) => ({ minute: i + 1, count: i + 1, p99: value })));
    expect(event).toMatchObject({ medianP99: 0.0025, worstP99: 0.009, worstAt: START + 2 * MINUTE });
  });
});

describe('renderDumpReport', () => {
  it('reads like this', async () => {
    const moments = [0.001, 0.012, 0.004].map((p99, i) => ({
      minute: i + 1,
      count: 1000 * (i + 1),
      breaches: 5 * i,
      p99,
    }));
    expect(renderDumpReport(await summarizeDumps(each(moments)))).toBe(REPORT);
  });

  it('says that there is nothing', async () => {
    expect(renderDumpReport(await summarizeDumps(each([])))).toBe('No dumps in this period.\n');
  });
});

describe('perf-metrics', () => {
  let directory: string;
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'perf-report-'));
    for (const minute of [1, 2, 3]) {
      const text = JSON.stringify(dump({ minute, count: 100 * minute }));
      await writeFile(join(directory, dumpName('perf', START + minute * MINUTE, 1)), text);
    }
    await writeFile(join(directory, dumpName('perf', START + 4 * MINUTE, 1)), '{');
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('report prints the table, and what it left out', () => {
    const { status, stdout, stderr } = run('report', directory);
    expect([status, stderr.split('\n').length]).toEqual([0, 2]);
    expect(stdout).toContain('2026-08-07 10:01:00 to 2026-08-07 10:03:00 UTC');
    expect(stderr).toContain('10-04-00');
  });

  it('report --json prints a period', () => {
    const output = execFileSync(
      process.execPath,
      [CLI, 'report', directory, '--from', '2026-08-07T10:02Z', '--to', '2026-08-07T12:03+02:00', '--json'],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(output)).toMatchObject({
      dumps: 2,
      runs: 1,
      events: [{ event: 'signal_generation', count: 100 }],
    });
  });

  it('--help and --version answer', async () => {
    const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
    expect(run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(run('--help').stdout).toContain('perf-metrics report DIR');
  });

  it.each([
    [[], /say what to do/],
    [['reprot'], /no command "reprot"/],
    [['report'], /takes the directory/],
    [['report', 'a', 'b'], /one directory/],
    [['report', 'a', '--form', 'x'], /--form/],
    [['report', 'a', '--from', 'yesterday'], /--from "yesterday"/],
    [['report', 'a', '--from', '2026-08-08', '--to', '2026-08-07'], /--from lies after --to/],
    [['report', '/no/such/directory'], /no such directory/],
  ])('%j is refused in one sentence, with status 2', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

const REPORT = `Latency history  2026-08-07 10:01:00 to 2026-08-07 10:03:00 UTC (2m 00s)
3 dumps of 1 run of a process

event              count   median    worst      P50      P99    P99.9    SLA   within  breaches
───────────────────────────────────────────────────────────────────────────────────────────────
signal_generation  3,000  4.00 ms  12.0 ms  10.0 ms  19.8 ms  20.0 ms  10 ms  99.67 %        10

median, worst: P99 of the minute before each dump. P50, P99, P99.9: since start, in the last dump.

Worst P99
  signal_generation: 12.0 ms at 2026-08-07 10:02:00 UTC
`;
