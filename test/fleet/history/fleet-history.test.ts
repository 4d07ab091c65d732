import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryPoint } from '../../../src/contract/fleet.ts';
import { FleetHistoryStore } from '../../../src/fleet/history/fleet-history.ts';
import { parseMinute } from '../../../src/fleet/history/minute-dump.ts';
import { readMinutes } from '../../../src/fleet/history/minute-reader.ts';
import { drawSamples } from '../../sketch/distributions.ts';
import { startProgram } from '../../support/programs.ts';
import { eventOf, MINUTE, minuteAt, OTHER_WRITER, putMinute, START } from './minutes.ts';

const CHECKPOINT = Uint8Array.from([1, 2, 3, 4, 5]);
const OWN = `checkpoint-${hostname()}.bin`;
let directory: string;
let now: number;
let said: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-fleet-'));
  now = START;
  said = [];
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function store(given: { directory?: string | null; retentionDays?: number; maxMebibytes?: number } = {}) {
  const say = (level: string) => (fields: object, message: string) =>
    void said.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return new FleetHistoryStore({
    directory,
    intervalSeconds: 60,
    retentionDays: 30,
    maxMebibytes: 512,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    wallClock: () => now,
    ...given,
  });
}

const dumps = async () => (await readdir(directory)).filter((name) => name.startsWith('fleet-')).sort();
const complaints = () => said.filter((line) => !line.startsWith('info'));

describe('FleetHistoryStore', () => {
  it('writes a dump of each minute and a checkpoint', async () => {
    const history = store();
    await history.open();
    const minutes = [0, 1].map((i) => minuteAt(i, [eventOf(drawSamples('lognormal', 1000, i))]));
    for (const minute of minutes) await history.addMinute(minute, CHECKPOINT);
    const names = await dumps();
    expect(names).toEqual([
      expect.stringMatching(/^fleet-2026-08-07T10-01-00\.000Z-[0-9a-f]{8}\.json$/),
      expect.stringMatching(/^fleet-2026-08-07T10-02-00\.000Z-[0-9a-f]{8}\.json$/),
    ]);
    expect((await readdir(directory)).length).toBe(3);
    const read = parseMinute(await readFile(join(directory, names[1]), 'utf8'));
    expect([read.from, read.to, read.events[0].count]).toEqual([minutes[1].from, minutes[1].to, 1000]);
    expect([history.written, history.failed, complaints()]).toEqual([2, 0, []]);
  });

  it('shows after a restart what it showed before, and hands out the checkpoint', async () => {
    const before = store();
    await before.open();
    for (let i = 0; i < 20; i++) {
      const events = [
        eventOf(drawSamples('lognormal', 500 + i, i), { breaches: i }),
        eventOf(drawSamples('pareto', 300, i), { service: 'signals' }),
        eventOf([], { service: 'signals', event: 'unused' }),
      ];
      await before.addMinute(minuteAt(i, events), Uint8Array.from([...CHECKPOINT, i]));
    }
    now += 20 * MINUTE;
    const after = store();
    expect(await after.open()).toEqual({ checkpoint: Uint8Array.from([...CHECKPOINT, 19]) });
    const nearly = (points: readonly HistoryPoint[]) =>
      points.map(({ at, events }) => ({
        at,
        events: events.map((event) =>
          Object.fromEntries(
            Object.entries(event).map(([key, value]) => [
              key,
              typeof value === 'number' ? Number(value.toPrecision(4)) : value,
            ]),
          ),
        ),
      }));
    expect(after.history().minutes).toHaveLength(20);
    expect(nearly(after.history().minutes)).toEqual(nearly(before.history().minutes));
    expect(said.at(-1)).toMatch(/history read back .*"minutes":20.*checkpoint-/);
    expect(complaints()).toEqual([]);
  });

  it('shows all services of a minute together, in proportion', async () => {
    const history = store({ directory: null });
    const quick = eventOf(new Float32Array(100).fill(0.001), { count: 900, breaches: 9 });
    const slow = eventOf(new Float32Array(500).fill(0.02), {
      service: 'signals',
      count: 100,
      breaches: 100,
      slaThreshold: null,
    });
    await history.addMinute(minuteAt(0, [quick, slow]), CHECKPOINT);
    const [{ at, events }] = history.history().minutes;
    expect(at).toBe(START + MINUTE);
    expect(events.map(({ service, count, compliance }) => [service, count, compliance])).toEqual([
      ['', 1000, 0.99],
      ['orders', 900, 0.99],
      ['signals', 100, null],
    ]);
    const [all] = events;
    expect([all.p50, all.p95].map((value) => Number(value.toPrecision(3)))).toEqual([0.001, 0.02]);
  });

  it('reads back the last 24 hours only', async () => {
    for (const hours of [25, 24.5, 23.5, 1]) await putMinute(directory, minuteAt(-60 * hours));
    const history = store();
    await history.open();
    expect(history.history().minutes.map(({ at }) => (at - MINUTE - START) / 3_600_000)).toEqual([-23.5, -1]);
  });

  it('keeps everything in memory without a directory', async () => {
    const history = store({ directory: null });
    expect(await history.open()).toEqual({ checkpoint: null });
    await history.addMinute(minuteAt(0), CHECKPOINT);
    expect([history.history().minutes.length, history.written, history.failed]).toEqual([1, 0, 0]);
    expect(said).toEqual([]);
  });

  it('tells once of the dumps that it leaves out', async () => {
    for (const i of [-4, -3, -2]) await truncate(await putMinute(directory, minuteAt(i)), 100);
    await putMinute(directory, minuteAt(-1));
    const history = store();
    await history.open();
    expect(history.history().minutes).toHaveLength(1);
    expect(complaints()).toEqual([expect.stringMatching(/left out .*"files":3.*09-57-00/)]);
  });

  it('begins anew, and says so, when the directory cannot be read', async () => {
    const blocked = join(directory, 'file');
    await writeFile(blocked, '');
    const history = store({ directory: join(blocked, 'history') });
    expect(await history.open()).toEqual({ checkpoint: null });
    expect(complaints()).toEqual([expect.stringMatching(/^error .*cannot be read back/)]);
  });

  it('reports an outage once, goes on, and says when it is over', async () => {
    const blocked = join(directory, 'file');
    const history = store({ directory: join(blocked, 'history') });
    await writeFile(blocked, '');
    for (const i of [0, 1]) await history.addMinute(minuteAt(i), CHECKPOINT);
    await rm(blocked);
    await history.addMinute(minuteAt(2), CHECKPOINT);
    await rm(blocked, { recursive: true });
    await writeFile(blocked, '');
    await history.addMinute(minuteAt(3), CHECKPOINT);
    expect([history.written, history.failed]).toEqual([1, 3]);
    expect(said.map((line) => line.split(' ', 1)[0])).toEqual(['error', 'info', 'error']);
    expect(history.history().minutes).toHaveLength(4);
  });

  it('writes the dump though the checkpoint cannot be written, and deletes what is too old', async () => {
    await putMinute(directory, minuteAt(-1440 * 31), OTHER_WRITER);
    await mkdir(join(directory, OWN, 'in-the-way'), { recursive: true });
    const history = store();
    await history.addMinute(minuteAt(0), CHECKPOINT);
    expect([history.failed, await dumps()]).toEqual([1, [expect.stringContaining('2026-08-07T10-01')]]);
  });

  it('deletes a history bit by bit, with a warning, when the clock says that all of it is too old', async () => {
    const [before, monthAhead] = [1000, 31 * 1440];
    for (let i = 0; i < before; i++) await putMinute(directory, minuteAt(i), OTHER_WRITER);
    const ahead = store();
    for (const i of [0, 1, 2]) await ahead.addMinute(minuteAt(before + monthAhead + i), CHECKPOINT);
    expect((await dumps()).length).toBe(before + 3 - 100);
    expect(complaints()).toEqual([
      expect.stringMatching(/^warn .*clock .*"clock":"2026-09-08T.*"tooOld":900/),
    ]);
    await ahead.addMinute(minuteAt(before + monthAhead + 61), CHECKPOINT);
    expect((await dumps()).length).toBe(before + 4 - 100 - 90);
  });

  it('writes minutes without length in which something happened, next to the one before', async () => {
    const history = store();
    await history.addMinute(minuteAt(0), CHECKPOINT);
    const still = { from: START + MINUTE, to: START + MINUTE };
    for (const count of [70, 8])
      await history.addMinute({ ...still, events: [eventOf([0.001], { count })] }, CHECKPOINT);
    await history.addMinute(minuteAt(1), CHECKPOINT);
    let total = 0;
    for await (const { events } of readMinutes(directory)) total += events[0].count;
    expect([total, (await dumps()).length, history.failed]).toEqual([1 + 70 + 8 + 1, 4, 0]);
  });

  it('keeps a minute that is followed by one without length', async () => {
    const history = store();
    await history.addMinute(minuteAt(0), CHECKPOINT);
    await history.addMinute({ from: START + MINUTE, to: START + MINUTE, events: [] }, CHECKPOINT);
    const [name, ...rest] = await dumps();
    expect(rest).toEqual([]);
    expect(parseMinute(await readFile(join(directory, name), 'utf8')).events).toHaveLength(1);
  });

  it('writes minutes that come at once one after the other', async () => {
    const history = store();
    await Promise.all([0, 1, 2, 3].map((i) => history.addMinute(minuteAt(i), CHECKPOINT)));
    expect([history.written, (await dumps()).length]).toEqual([4, 4]);
  });

  it('deletes what is too old, and the oldest beyond the size, of other writers as well', async () => {
    for (const days of [31, 29]) await putMinute(directory, minuteAt(-1440 * days), OTHER_WRITER);
    await store().addMinute(minuteAt(0), CHECKPOINT);
    expect((await dumps()).map((name) => name.slice(6, 16))).toEqual(['2026-07-09', '2026-08-07']);
    const large = minuteAt(1, [eventOf(drawSamples('lognormal', 5000, 1))]);
    const small = store({ maxMebibytes: 0.01 });
    for (let i = 1; i < 12; i++)
      await small.addMinute({ ...large, from: START + i * MINUTE, to: START + (i + 1) * MINUTE }, CHECKPOINT);
    const names = await dumps();
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
    expect(sizes.reduce((a, b) => a + b)).toBeLessThanOrEqual(0.01 * 1024 * 1024);
    expect(names.length).toBeGreaterThan(1);
    expect(names.at(-1)).toContain('T10-12-00');
  });
});

describe('checkpoints', () => {
  const open = async () => (await store().open()).checkpoint;
  const write = (content: readonly number[]) => store().addMinute(minuteAt(0), Uint8Array.from(content));
  /** As another replica left it, so many minutes ago. */
  async function asOther(name: string, minutes: number): Promise<void> {
    const at = (Date.now() - minutes * MINUTE) / 1e3;
    await writeFile(join(directory, name), await readFile(join(directory, OWN)));
    await utimes(join(directory, name), at, at);
  }

  it('of its own host is taken though another replica wrote one since', async () => {
    await write([2]);
    await asOther('checkpoint-b.bin', -1);
    await write([1]);
    expect(await open()).toEqual(Uint8Array.from([1]));
  });

  it('of another replica is taken when it is much newer, or there is no other', async () => {
    await write([2]);
    await asOther('checkpoint-b.bin', -20);
    await asOther('checkpoint-c.bin', 300);
    await write([1]);
    expect(await open()).toEqual(Uint8Array.from([2]));
    await rm(join(directory, OWN));
    expect(await open()).toEqual(Uint8Array.from([2]));
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
    ['of zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ['of one other bit', (bytes: Buffer) => bytes.with(-1, bytes[bytes.length - 1] ^ 1)],
  ])('that are damaged (%s) are set aside and told of, and the next is taken', async (_, damage) => {
    await write([7]);
    await asOther('checkpoint-b.bin', 5);
    await write([1]);
    await writeFile(join(directory, OWN), damage(await readFile(join(directory, OWN))));
    expect(await open()).toEqual(Uint8Array.from([7]));
    expect(complaints()).toEqual([expect.stringContaining(OWN.replace('.bin', '.bad'))]);
    expect(await readdir(directory)).toContain(OWN.replace('.bin', '.bad'));
  });

  it('of hosts that are long gone are deleted', async () => {
    now = Date.now();
    await write([1]);
    await asOther('checkpoint-b.bin', 29 * 1440);
    await asOther('checkpoint-c.bin', 31 * 1440);
    await asOther('checkpoint-c.bad', 31 * 1440);
    await asOther('notes-c.bin', 31 * 1440);
    await open();
    const names = (await readdir(directory)).filter((name) => !name.startsWith('fleet-'));
    expect(names.sort()).toEqual([OWN, 'checkpoint-b.bin', 'notes-c.bin'].sort());
  });

  const checkpoints = async () =>
    (await readdir(directory)).filter((name) => name.startsWith('checkpoint-')).sort();

  it('of other hosts are at most four, the newest, when it opens and while it runs', async () => {
    now = Date.now();
    const minute = (i: number) => ({ from: now + i * MINUTE, to: now + (i + 1) * MINUTE, events: [] });
    const history = store();
    await history.addMinute(minute(0), CHECKPOINT);
    const leave = async (names: string) => {
      for (const [i, name] of [...names].entries()) await asOther(`checkpoint-${name}.bin`, 100 - i);
    };
    await leave('abcdefg');
    await asOther('checkpoint-z.bad', 1);
    await asOther('checkpoint-live.bin.tmp', 1);
    await asOther('checkpoint-dead.bin.tmp', 60);
    await store().open();
    const kept = (names: string) => [...names].map((name) => `checkpoint-${name}.bin`);
    expect(await checkpoints()).toEqual([OWN, ...kept('defg'), 'checkpoint-live.bin.tmp'].sort());
    await leave('hijkl');
    await history.addMinute(minute(1), CHECKPOINT);
    expect((await checkpoints()).length).toBe(11);
    await history.addMinute(minute(61), CHECKPOINT);
    expect((await checkpoints()).length).toBe(6);
  });

  it('count towards the size: those of others go first, then dumps', async () => {
    now = Date.now();
    const large = new Uint8Array(60_000);
    const minute = (i: number) => ({ ...minuteAt(0), from: now + i * MINUTE, to: now + (i + 1) * MINUTE });
    for (let i = 0; i < 100; i++) await putMinute(directory, minute(i - 200), OTHER_WRITER);
    await store().addMinute(minute(-1), large);
    for (const [i, name] of [...'abc'].entries()) await asOther(`checkpoint-${name}.bin`, i);
    const sizes = async (names: string[]) => {
      const files = await Promise.all(names.map((name) => stat(join(directory, name))));
      return files.reduce((sum, { size }) => sum + size, 0);
    };
    expect(await sizes(await dumps())).toBeGreaterThan(20_000);
    const most = 140_000;
    const small = store({ maxMebibytes: most / 1024 / 1024 });
    await small.open();
    await small.addMinute(minute(0), large);
    expect(await checkpoints()).toEqual([OWN]);
    await store({ maxMebibytes: 75_000 / 1024 / 1024 }).addMinute(minute(1), large);
    expect(await sizes(await readdir(directory))).toBeLessThanOrEqual(75_000);
    expect((await dumps()).length).toBeGreaterThan(10);
  });

  it('are taken however old they are, when there is no other', async () => {
    now = Date.now();
    await write([1]);
    await asOther('checkpoint-b.bin', 400 * 1440);
    await rm(join(directory, OWN));
    expect(await open()).toEqual(Uint8Array.from([1]));
    expect(await open()).toEqual(Uint8Array.from([1]));
  });

  it('are written although a killed process left half of one', async () => {
    await writeFile(join(directory, `${OWN}.tmp`), 'half');
    await write([1]);
    expect(await open()).toEqual(Uint8Array.from([1]));
  });
});

describe('a process that is killed while it writes', () => {
  const program = fileURLToPath(new URL('./endless-writer.ts', import.meta.url));

  it('leaves only whole files', async () => {
    for (const pause of [0, 3, 7, 11, 20]) {
      const writer = startProgram(process.execPath, [program, directory]);
      while (writer.output().split('\n').length < 5 && writer.process.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, pause));
      await writer.stop('SIGKILL');
      expect(writer.process.signalCode, writer.output()).toBe('SIGKILL');
    }
    const names = (await dumps()).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThanOrEqual(15);
    for (const name of names) parseMinute(await readFile(join(directory, name), 'utf8'));
    expect((await store().open()).checkpoint).toHaveLength(100_000);
    expect(complaints()).toEqual([]);
  });
});

// A file system of one's own needs a namespace, which Linux gives anybody.
describe.runIf(process.platform === 'linux')('a disk that is full', () => {
  it('keeps no half file, makes room by age, and takes minutes again', () => {
    const script = fileURLToPath(new URL('./full-disk.ts', import.meta.url));
    const mounted = `mount -t tmpfs -o size=64k tmpfs "$2" && exec "$0" "$1" "$2"`;
    const output = execFileSync(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'bash', '-c', mounted, process.execPath, script, directory],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(output)).toEqual({
      written: 2,
      failed: 2,
      said: [expect.stringContaining('cannot be written'), expect.stringContaining('written again')],
      afterFirst: 1,
      files: [OWN, expect.stringContaining('10-03-00'), expect.stringContaining('10-04-00')],
    });
  });
});
