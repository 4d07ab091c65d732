import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { progressOn } from '../../src/commands/progress.ts';
import { runReport } from '../../src/commands/report.ts';
import { UsageError } from '../../src/commands/usage.ts';
import { dumpName } from '../../src/export/dump-files.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture } from '../export/picture.ts';
import { eventOf, MINUTE, minuteAt, OTHER_WRITER, putMinute, START } from '../fleet/history/minutes.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-report-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function report(...args: string[]): Promise<{ printed: string; warnings: string[] }> {
  let printed = '';
  const warnings: string[] = [];
  await runReport([directory, ...args], {
    print(text) {
      printed += text;
    },
    warn: (text) => void warnings.push(text),
  });
  return { printed, warnings };
}

const json = async (...args: string[]) => JSON.parse((await report('--json', ...args)).printed);

async function putFleet(minutes: readonly number[], writer?: string): Promise<void> {
  for (const i of minutes) {
    const events = [
      eventOf(new Float32Array(100).fill(0.001), { breaches: 1 }),
      eventOf(new Float32Array(50).fill(0.002), { service: 'signals', event: 'signal_generation' }),
    ];
    await putMinute(directory, minuteAt(i, events), writer);
  }
}

async function putProcess(minute: number): Promise<void> {
  const statistics = { ...readStatistics(busyPicture().source), at: START + minute * MINUTE };
  const text = JSON.stringify({ schemaVersion: 1, pid: 1, statistics });
  await writeFile(join(directory, dumpName('perf', statistics.at, 1)), text);
}

describe('report of the dumps of a fleet', () => {
  it('prints a table for each service and for all together', async () => {
    await putFleet([0, 1, 2]);
    const { printed, warnings } = await report();
    expect(printed).toContain(
      'Fleet history  2026-08-07 10:00:00 to 10:03:00 UTC (3m 00s)\n3 minutes, 100 % of',
    );
    expect(printed.match(/^(All services|orders|signals)$/gm)).toEqual(['All services', 'orders', 'signals']);
    expect(printed).toMatch(
      /order_execution +300 +0 +1\.00 ms +1\.00 ms +1\.00 ms +1\.00 ms +10 ms +99\.00 % +3\n/,
    );
    expect(warnings).toEqual([]);
  });

  it('prints a period as JSON', async () => {
    await putFleet([0, 1, 2, 3, 5]);
    const found = await json('--from', '2026-08-07T10:01Z', '--to', '2026-08-07T12:06+02:00');
    expect(found).toMatchObject({
      kind: 'fleet',
      from: START + MINUTE,
      to: START + 6 * MINUTE,
      minutes: 4,
      coverage: 0.8,
      gaps: [{ from: START + 4 * MINUTE, to: START + 5 * MINUTE }],
    });
    expect(found.events).toHaveLength(4);
    expect(found.events[0]).toMatchObject({
      service: '',
      event: 'order_execution',
      count: 400,
      compliance: 0.99,
    });
    expect(found.events[0].quantiles.p99).toBeCloseTo(0.001, 6);
  });

  it('is of one service with --service, and names those there are when there is none', async () => {
    await putFleet([0]);
    expect((await json('--service', 'signals')).events.map((e: { event: string }) => e.event)).toEqual([
      'signal_generation',
    ]);
    await expect(report('--service', 'sginals')).rejects.toThrow(
      'there is no service "sginals" in this period; there are: orders, signals',
    );
  });

  it('says when there is nothing in the period', async () => {
    await putFleet([0]);
    expect((await report('--from', '2027-01-01')).printed).toBe('No minutes in this period.\n');
    expect((await report('--from', '2027-01-01', '--service', 'a')).printed).toBe(
      'No minutes in this period.\n',
    );
    expect(await json('--to', '2025-01-01')).toMatchObject({ from: null, minutes: 0, events: [] });
  });

  it('misses nothing of what is still to come', async () => {
    await putFleet([0, 1]);
    expect(await json('--to', '2999-01-01')).toMatchObject({ to: START + 2 * MINUTE, coverage: 1 });
  });

  it('leaves out what is no whole dump, with a warning', async () => {
    await putFleet([0, 1, 2]);
    await truncate(join(directory, dumpName('fleet', START + 2 * MINUTE, '0000000a')), 200);
    const { printed, warnings } = await report();
    expect(printed).toContain('2 minutes, 66.67 % of the period\n1 gap:\n');
    expect(warnings).toEqual([expect.stringContaining('10-02-00')]);
  });

  it('counts the events of two replicas once', async () => {
    await putFleet([0, 1, 2]);
    await putFleet([0, 1, 2, 3], OTHER_WRITER);
    expect((await json()).events[0].count).toBe(400);
  });
});

describe('report of the dumps of processes', () => {
  it('is as ever', async () => {
    for (const minute of [1, 2]) await putProcess(minute);
    expect((await report()).printed).toMatch(/^Latency history .*\n2 dumps of 1 run of a process\n/);
    expect(await json('--from', '2026-08-07T10:02Z')).toMatchObject({ dumps: 1, runs: 1 });
    expect((await report('--from', '2027-01-01')).printed).toBe('No dumps in this period.\n');
  });

  it('knows no services', async () => {
    await putProcess(1);
    await expect(report('--service', 'a')).rejects.toThrow(UsageError);
  });

  it('gives way to that of a fleet in the same directory, and says so', async () => {
    await putProcess(1);
    await putFleet([0]);
    const { printed, warnings } = await report();
    expect(printed).toContain('Fleet history');
    expect(warnings).toEqual([expect.stringContaining('of a fleet and of processes')]);
  });
});

it('a directory without dumps is refused in a sentence', async () => {
  await writeFile(join(directory, 'notes.txt'), '');
  await expect(report()).rejects.toMatchObject({
    code: 'PERF_DUMP_DIRECTORY',
    message: expect.stringContaining(`there are no dumps in ${directory}`),
  });
});

describe('progress', () => {
  function terminal(isTTY: boolean) {
    let now = 0;
    const written: string[] = [];
    const progress = progressOn({ isTTY, write: (text) => written.push(text) }, () => now);
    return {
      at(millis: number, done: number) {
        now = millis;
        progress.show(done, 200);
      },
      clear: () => progress.clear(),
      text: () => written.join(''),
    };
  }

  it('is told on a terminal after two seconds, now and then, and taken away at the end', () => {
    const { at, clear, text } = terminal(true);
    for (let i = 0; i <= 100; i++) at(25 * i, i);
    const lines = text().split('\r\x1b[K').slice(1);
    expect(lines).toEqual([
      '80 of 200 files read (40 %)',
      '88 of 200 files read (44 %)',
      '96 of 200 files read (48 %)',
    ]);
    clear();
    clear();
    expect(text().split('\r\x1b[K').slice(1)).toEqual([...lines, '']);
  });

  it('is not told of what is quick, nor where nobody looks', () => {
    const quick = terminal(true);
    for (let i = 0; i <= 79; i++) quick.at(25 * i, i);
    quick.clear();
    const piped = terminal(false);
    for (let i = 0; i <= 1000; i++) piped.at(25 * i, i);
    piped.clear();
    expect([quick.text(), piped.text()]).toEqual(['', '']);
  });
});
