import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dumpName } from '../../../src/export/dump-files.ts';
import { readMinutes } from '../../../src/fleet/history/minute-reader.ts';
import type { Minute } from '../../../src/fleet/minute.ts';
import { eventOf, MINUTE, minuteAt, OTHER_WRITER, putMinute, START } from './minutes.ts';

let directory: string;
let warnings: [code: string, message: string][];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-minutes-'));
  warnings = [];
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function read(range = {}, from = directory): Promise<Minute[]> {
  const warn = (code: string, message: string): void => void warnings.push([code, message]);
  const minutes: Minute[] = [];
  for await (const minute of readMinutes(from, { warn, ...range })) minutes.push(minute);
  return minutes;
}

/** Which minutes after START begin where. */
const begins = async (range = {}) => (await read(range)).map(({ from }) => (from - START) / MINUTE);
const at = (minutes: number) => START + minutes * MINUTE;
const put = (from: number, to: number, writer?: string, count = 1) =>
  putMinute(directory, { from: at(from), to: at(to), events: [eventOf([0.001], { count })] }, writer);

describe('readMinutes', () => {
  it('gives those that overlap the range at least half', async () => {
    for (const i of [0, 1, 2, 3, 4]) await putMinute(directory, minuteAt(i));
    expect(await begins()).toEqual([0, 1, 2, 3, 4]);
    expect(await begins({ from: at(1), to: at(3) })).toEqual([1, 2]);
    expect(await begins({ from: at(1.5), to: at(3.5) })).toEqual([1, 2, 3]);
    expect(await begins({ from: at(1.51), to: at(3.49) })).toEqual([2]);
    expect(await begins({ from: at(7) })).toEqual([]);
    expect(await begins({ to: at(0) })).toEqual([]);
  });

  it('gives the long one that a restart leaves, whichever part of it the range ends in', async () => {
    await put(0, 1);
    await put(1, 601, OTHER_WRITER);
    await put(601, 602, OTHER_WRITER);
    expect(await begins({ to: at(302) })).toEqual([0, 1]);
    expect(await begins({ to: at(300) })).toEqual([0]);
    expect(await begins({ from: at(300) })).toEqual([1, 601]);
  });

  it.each([
    ['half a file', (text: string) => text.slice(0, text.length / 2)],
    ['nothing', () => ''],
    ['zeros', (text: string) => '\0'.repeat(text.length)],
    ['a dump of a process', () => '{"schemaVersion":1,"pid":1,"statistics":{}}'],
  ])('leaves out %s, with a warning that names the file', async (_, spoil) => {
    await putMinute(directory, minuteAt(0));
    const path = await putMinute(directory, minuteAt(1));
    await writeFile(path, spoil(JSON.stringify({ schemaVersion: 1, kind: 'fleet', minute: minuteAt(1) })));
    await putMinute(directory, minuteAt(2));
    expect(await begins()).toEqual([0, 2]);
    expect(warnings).toEqual([['PERF_DUMP_CORRUPT', expect.stringContaining(path)]]);
  });

  it('leaves out a directory of a dump name, and does not look at other files', async () => {
    await mkdir(join(directory, dumpName('fleet', START, '00000001')));
    for (const name of ['notes.txt', 'fleet-report.json', dumpName('perf', START, 1), 'checkpoint-a.bin'])
      await writeFile(join(directory, name), '?');
    await putMinute(directory, minuteAt(0));
    expect(await begins()).toEqual([0]);
    expect(warnings).toHaveLength(1);
  });

  it('throws when there is no directory', async () => {
    await expect(read({}, join(directory, 'none'))).rejects.toMatchObject({ code: 'PERF_DUMP_DIRECTORY' });
  });

  it('tells how far it has come', async () => {
    for (const i of [0, 1, 2]) await putMinute(directory, minuteAt(i));
    const seen: string[] = [];
    await read({ progress: (done: number, files: number) => seen.push(`${done}/${files}`) });
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
  });
});

describe('two aggregation workers that write to one directory', () => {
  it('are not added up: one is read as long as it goes on', async () => {
    for (const i of [0, 1, 2, 3]) {
      await put(i, i + 1);
      await put(i + 0.5, i + 1.5, OTHER_WRITER);
    }
    expect(await begins()).toEqual([0, 1, 2, 3]);
  });

  it('stand in for each other: the other is read from the gap on', async () => {
    for (const i of [0, 1]) await put(i, i + 1);
    for (const i of [0, 1, 2, 3, 4]) await put(i + 0.25, i + 1.25, OTHER_WRITER);
    for (const i of [4, 5, 6]) await put(i, i + 1);
    expect(await begins()).toEqual([0, 1, 2.25, 3.25, 4.25, 6]);
  });

  it('do not count a restarted one that catches up on what the other has told already', async () => {
    for (const i of [0, 1, 2, 3, 4]) await put(i, i + 1);
    await put(1.5, 4.2, OTHER_WRITER);
    await put(4.2, 5.2, OTHER_WRITER);
    await put(5.2, 6.2, OTHER_WRITER);
    expect(await begins()).toEqual([0, 1, 2, 3, 4, 5.2]);
  });

  it('never make any moment count twice, whatever they left out', async () => {
    const spans = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
    const property = fc.asyncProperty(spans, spans, fc.integer({ min: 0, max: 59 }), async (a, b, shift) => {
      const place = await mkdtemp(join(directory, 'run-'));
      for (const [i, isThere] of a.entries()) if (isThere) await putMinute(place, minuteAt(i));
      for (const [i, isThere] of b.entries())
        if (isThere) await putMinute(place, minuteAt(i + shift / 60), OTHER_WRITER);
      const minutes = await read({}, place);
      for (const [i, { from }] of minutes.entries())
        if (i > 0) expect(from).toBeGreaterThanOrEqual(minutes[i - 1].to);
      // At most one minute is lost to each change of writers, so that no more than half can be missing.
      const most = Math.max(...[a, b].map((there) => there.filter(Boolean).length));
      expect(minutes.length).toBeGreaterThanOrEqual(most / 2);
    });
    await fc.assert(property, { numRuns: 60, seed: 4 });
  });
});
