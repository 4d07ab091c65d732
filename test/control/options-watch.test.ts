import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OptionsWatch } from '../../src/control/options-watch.ts';

let directory: string;
let path: string;
let watch: OptionsWatch;
let warnings: string[];
let changes: number;
const SOON = { timeout: 10_000, interval: 20 };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'options-watch-'));
  path = join(directory, 'perf.yaml');
  warnings = [];
  changes = 0;
  watch = new OptionsWatch(
    path,
    (code, message) => warnings.push(`${code} ${message}`),
    () => changes++,
  );
});
afterEach(async () => {
  watch.stop();
  await rm(directory, { recursive: true });
});

/** Replaced in one step: a reader never sees half of it. */
async function put(text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

const inForce = (): unknown => ({
  ...watch.current.options,
  generation: watch.current.generation,
  isBad: watch.isBad,
});
const eventually = (expected: unknown): Promise<void> =>
  vi.waitFor(() => expect(inForce()).toEqual(expected), SOON);

describe('a watched options file', () => {
  it('is in force when the watch has started', async () => {
    await put('generation: 4\nsamplingRate: 0.5');
    watch.start();
    expect(inForce()).toEqual({ samplingRate: 0.5, generation: 4, isBad: false });
  });

  it('follows each change, and forgets what the file no longer says', async () => {
    await put('generation: 1\nsamplingRate: 0.5\nenabled: false');
    watch.start();
    await put('generation: 2\nsamplingRate: 0.25');
    await eventually({ samplingRate: 0.25, generation: 2, isBad: false });
    expect(changes).toBe(2);
  });

  it('that turns bad leaves the last good one in force and says why, once; and recovers', async () => {
    await put('generation: 1\nsamplingRate: 0.5');
    watch.start();
    await put('samplingRate: 70');
    await eventually({ samplingRate: 0.5, generation: 1, isBad: true });
    const before = changes;
    await put('generation: 3\nsamplingRate: 0.75');
    await eventually({ samplingRate: 0.75, generation: 3, isBad: false });
    expect(changes).toBe(before + 1);
    expect(warnings).toEqual([
      `PERF_OPTIONS_FILE ${path}: samplingRate must be a number from 0.01 to 1, got 70; generation 1 stays in force`,
    ]);
  });

  it('that is bad in another way is reported once more', async () => {
    await put('samplingRate: 70');
    watch.start();
    await put('samplingRate: 80');
    await vi.waitFor(() => expect(warnings).toHaveLength(2), SOON);
    await put('samplingRate: 0.5');
    await eventually({ samplingRate: 0.5, generation: 0, isBad: false });
    expect(warnings).toHaveLength(2);
  });

  it('that was missing is used when it comes', async () => {
    watch.start();
    expect(inForce()).toEqual({ generation: 0, isBad: true });
    await put('generation: 1');
    await eventually({ generation: 1, isBad: false });
    expect(warnings).toHaveLength(1);
  });

  it('that could not be read for a while is in force again with the same text', async () => {
    await put('generation: 1\nsamplingRate: 0.5');
    watch.start();
    await rm(path);
    await mkdir(path);
    await eventually({ samplingRate: 0.5, generation: 1, isBad: true });
    await rm(path, { recursive: true });
    await put('generation: 1\nsamplingRate: 0.5');
    await eventually({ samplingRate: 0.5, generation: 1, isBad: false });
  });

  it('is followed when Kubernetes swaps the links of a mounted ConfigMap', async () => {
    const publish = async (name: string, text: string): Promise<void> => {
      await mkdir(join(directory, name));
      await writeFile(join(directory, name, 'perf.yaml'), text);
      await symlink(name, join(directory, '..data_tmp'));
      await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    };
    await publish('..2026_01', 'generation: 1\nsamplingRate: 0.1');
    await symlink('..data/perf.yaml', path);
    watch.start();
    await publish('..2026_02', 'generation: 2\nsamplingRate: 0.5');
    await eventually({ samplingRate: 0.5, generation: 2, isBad: false });
    expect(warnings).toEqual([]);
  });

  it('is not followed any more once the watch has stopped, even in the middle of a look', async () => {
    await put('generation: 1');
    const started = watch.start();
    watch.stop();
    await started;
    await put('generation: 2');
    const other = new OptionsWatch(
      path,
      () => undefined,
      () => undefined,
    );
    other.start();
    await put('generation: 3');
    // Two of the other's looks: the stopped one would have looked in between.
    await vi.waitFor(() => expect(other.current.generation).toBe(3), SOON);
    await put('generation: 4');
    await vi.waitFor(() => expect(other.current.generation).toBe(4), SOON);
    other.stop();
    expect(watch.current.generation).toBe(1);
  });

  it('need not be: without a path there is nothing to follow', async () => {
    const none = new OptionsWatch(
      '',
      () => warnings.push('none'),
      () => changes++,
    );
    none.start();
    expect([none.current, none.isBad, warnings, changes]).toEqual([
      { generation: 0, options: {}, control: [] },
      false,
      [],
      0,
    ]);
  });
});
