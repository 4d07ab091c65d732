import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Warn } from '../../src/contract/errors.ts';
import { readDumps } from '../../src/export/dump-reader.ts';
import { type Dump, DumpWriter } from '../../src/export/dumps.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture, START } from './picture.ts';

const HOUR = 3_600_000;
const OPTIONS = {
  exportEnabled: true,
  dumpIntervalSeconds: 60,
  dumpRetentionDays: 30,
  dumpMaxMebibytes: 512,
};
const statistics = readStatistics(busyPicture().source);

let directory: string;
let now: number;
let warnings: [code: string, message: string][];
const warn: Warn = (code, message) => void warnings.push([code, message]);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-dumps-'));
  now = START;
  warnings = [];
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function writer(options = OPTIONS, into = directory): DumpWriter {
  return new DumpWriter({
    directory: into,
    warn,
    read: () => statistics,
    options: () => options,
    wallClock: () => now,
  });
}

async function read(range = {}): Promise<Dump[]> {
  const dumps: Dump[] = [];
  for await (const dump of readDumps(directory, { warn, ...range })) dumps.push(dump);
  return dumps;
}

const files = async () => (await readdir(directory)).sort();

describe('DumpWriter', () => {
  it('writes one whole file, under a name that tells time and process', async () => {
    expect(await writer().write()).toBe(true);
    expect(await files()).toEqual([`perf-2026-08-07T10-00-00.000Z-${process.pid}.json`]);
    expect(await read()).toEqual([{ schemaVersion: 1, pid: process.pid, statistics }]);
    expect(warnings).toEqual([]);
  });

  it('makes the directory', async () => {
    expect(await writer(OPTIONS, join(directory, 'a', 'b')).write()).toBe(true);
    expect(await readdir(join(directory, 'a', 'b'))).toHaveLength(1);
  });

  it('writes nothing while the export is switched off', async () => {
    expect(await writer({ ...OPTIONS, exportEnabled: false }).write()).toBe(false);
    expect(await files()).toEqual([]);
  });

  it('writes at its interval, and once more when it is stopped', async () => {
    const dumps = writer({ ...OPTIONS, dumpIntervalSeconds: 0.02 });
    dumps.start();
    while ((await files()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    now += 1000;
    await dumps.stop();
    expect((await read()).length).toBeGreaterThanOrEqual(2);
    expect((await files()).at(-1)).toContain('T10-00-01');
  });

  it('deletes dumps beyond their age, and what dead runs left, but no file of another name', async () => {
    const foreign = [
      'notes.txt',
      'perf-report.json',
      'perf-2020-01-01T00-00-00.000Z-1.json.bak',
      'perf-2020.json',
    ];
    const old = ['perf-2026-07-08T09-59-59.999Z-1.json', 'perf-2026-08-07T09-00-00.000Z-1.json.tmp'];
    const young = ['perf-2026-07-08T10-00-00.000Z-1.json', 'perf-2026-08-07T09-59-00.000Z-1.json.tmp'];
    for (const name of [...foreign, ...old, ...young]) await writeFile(join(directory, name), '{}');
    await writer().write();
    const own = `perf-2026-08-07T10-00-00.000Z-${process.pid}.json`;
    expect(await files()).toEqual([...foreign, ...young, own].sort());
  });

  it('deletes the oldest beyond the size limit, and never the newest', async () => {
    const hours = [5, 4, 3, 2, 1];
    for (const hour of hours) {
      const name = `perf-2026-08-07T0${9 - hour}-00-00.000Z-1.json`;
      await writeFile(join(directory, name), 'x'.repeat(300_000));
    }
    const dumps = writer({ ...OPTIONS, dumpMaxMebibytes: 1 });
    await dumps.write();
    expect((await files()).map((name) => name.slice(16, 18))).toEqual(['07', '08', '10', '06'].sort());
    now += HOUR;
    const tiny = writer({ ...OPTIONS, dumpMaxMebibytes: 0.001 });
    await tiny.write();
    expect(await files()).toEqual([`perf-2026-08-07T11-00-00.000Z-${process.pid}.json`]);
  });

  it('looks again when what it wrote itself passes the limit', async () => {
    const dumps = writer({ ...OPTIONS, dumpMaxMebibytes: 0.05 });
    for (let i = 0; i < 50; i++, now += 1000) expect(await dumps.write()).toBe(true);
    const kept = await files();
    const sizes = await Promise.all(kept.map(async (name) => (await readFile(join(directory, name))).length));
    expect(sizes.reduce((a, b) => a + b)).toBeLessThanOrEqual(0.05 * 1024 * 1024);
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.at(-1)).toContain('T10-00-49');
  });

  it('reports a failure once, tries again, and reports the next failure after a success', async () => {
    const blocked = join(directory, 'file');
    const dumps = writer(OPTIONS, join(blocked, 'dumps'));
    await writeFile(blocked, '');
    expect([await dumps.write(), await dumps.write()]).toEqual([false, false]);
    expect(warnings).toEqual([['PERF_DUMP_FAILED', expect.stringContaining(join(blocked, 'dumps'))]]);
    await rm(blocked);
    expect(await dumps.write()).toBe(true);
    await rm(blocked, { recursive: true });
    await writeFile(blocked, '');
    now += 1000;
    expect([await dumps.write(), await dumps.write()]).toEqual([false, false]);
    expect(warnings.map(([code]) => code)).toEqual(['PERF_DUMP_FAILED', 'PERF_DUMP_FAILED']);
  });

  // A real full disk needs a file system of its own, which Linux gives anybody in a namespace. The limit on the size of
  // files, with its signal ignored, fails a write in its middle on every system.
  const disks = {
    'of which a file may take no more': `trap '' XFSZ; ulimit -f 4; exec "$0" "$1" "$2"`,
    'that is full': `exec unshare --user --map-root-user --mount bash -c 'mount -t tmpfs -o size=4k tmpfs "$2" && exec "$0" "$1" "$2"' "$0" "$1" "$2"`,
  };
  const names = Object.keys(disks).filter((name) => name !== 'that is full' || process.platform === 'linux');

  it.each(names)('leaves no half file on a disk %s, and goes on when it takes files again', (name) => {
    const script = fileURLToPath(new URL('./full-disk.ts', import.meta.url));
    const command = disks[name as keyof typeof disks];
    const output = execFileSync('bash', ['-c', command, process.execPath, script, directory], {
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual({
      written: [false, false, true],
      codes: ['PERF_DUMP_FAILED'],
      files: [expect.stringMatching(/^perf-.+\.json$/)],
    });
  });
});

describe('readDumps', () => {
  const put = (name: string, text: string) =>
    writeFile(join(directory, `perf-2026-08-07T${name}.json`), text);
  const dump = (at: number) =>
    JSON.stringify({ schemaVersion: 1, pid: 1, statistics: { ...statistics, at } });
  const times = async (range = {}) => (await read(range)).map(({ statistics: { at } }) => at);

  it('reads in the order of time, whatever the directory says', async () => {
    await put('10-00-02.000Z-1', dump(2));
    await put('10-00-10.000Z-1', dump(3));
    await put('10-00-01.000Z-2', dump(1));
    expect(await times()).toEqual([1, 2, 3]);
  });

  it('reads a period, both ends included', async () => {
    for (const second of [0, 1, 2, 3]) await put(`10-00-0${second}.000Z-1`, dump(second));
    expect(await times({ from: START + 1000, to: START + 2000 })).toEqual([1, 2]);
    expect(await times({ from: START + 2500 })).toEqual([3]);
    expect(await times({ to: START - 1 })).toEqual([]);
  });

  it.each([
    ['half a file', dump(1).slice(0, 300)],
    ['nothing', ''],
    ['no JSON', '\u0000\u0000\u0000'],
    ['another schema', JSON.stringify({ schemaVersion: 2, pid: 1, statistics })],
    ['no dump', '[]'],
    ['null', 'null'],
    ['no statistics', JSON.stringify({ schemaVersion: 1, pid: 1, statistics: {} })],
    ['a count that is none', dump(1).replace('"count":200', '"count":-1')],
    ['a quantile that is none', dump(1).replace(/"p99":[\d.e-]+/, '"p99":"high"')],
  ])('leaves out %s, with a warning that names the file', async (_, text) => {
    await put('10-00-00.000Z-1', dump(0));
    await put('10-00-01.000Z-1', text);
    await put('10-00-02.000Z-1', dump(2));
    expect(await times()).toEqual([0, 2]);
    expect(warnings).toEqual([['PERF_DUMP_CORRUPT', expect.stringContaining('10-00-01.000Z-1.json')]]);
  });

  it('leaves out a directory of a dump name', async () => {
    await mkdir(join(directory, 'perf-2026-08-07T10-00-00.000Z-1.json'));
    expect(await times()).toEqual([]);
    expect(warnings.map(([code]) => code)).toEqual(['PERF_DUMP_CORRUPT']);
  });

  it('throws when there is no directory', async () => {
    await rm(directory, { recursive: true });
    await expect(read()).rejects.toMatchObject({
      code: 'PERF_DUMP_DIRECTORY',
      message: expect.stringContaining(directory),
    });
  });
});
