import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockClock, type Options, type Switched } from '../../loadtest/block-clock.ts';
import { OptionsWatch } from '../../src/control/options-watch.ts';

const SILENT = { exportEnabled: false };
const RATES = [0.1, 0.5, 1].map((samplingRate) => ({ samplingRate, exportEnabled: true }));

/** The library's own watch over a real file. */
class Followed implements Switched {
  readonly directory = mkdtempSync(join(tmpdir(), 'block-clock-'));
  private readonly file = join(this.directory, 'options.json');
  private readonly watch = new OptionsWatch(
    this.file,
    () => undefined,
    () => undefined,
  );
  private generation = 0;

  async start(): Promise<void> {
    this.writeOptions({ exportEnabled: true });
    this.watch.start();
  }

  stop(): void {
    this.watch.stop();
    rmSync(this.directory, { recursive: true });
  }

  get inForce(): Options {
    return this.watch.current.options;
  }

  writeOptions(options: Options): number {
    this.generation++;
    writeFileSync(`${this.file}.new`, JSON.stringify({ generation: this.generation, ...options }));
    renameSync(`${this.file}.new`, this.file);
    return this.generation;
  }

  async generationInForce(): Promise<number | null> {
    return this.inForce.exportEnabled === false ? null : this.watch.current.generation;
  }
}

let followed: Followed;
beforeEach(async () => {
  followed = new Followed();
  await followed.start();
});
afterEach(() => followed.stop());

/** What is in force in a block, looked at again and again. */
async function seen(millis: number): Promise<Options[]> {
  const options: Options[] = [];
  for (const end = performance.now() + millis; performance.now() < end; await delay(10)) {
    options.push(followed.inForce);
  }
  return options;
}

describe('blocks in step with the options file', () => {
  it('have one condition each, also where nobody sees the switch', async () => {
    const plan: Options[] = [RATES[0], SILENT, SILENT, RATES[1], SILENT, RATES[2]].flatMap(
      (options) => options ?? [],
    );
    const clock = new BlockClock(followed);
    await clock.begin(plan[0] ?? {});
    const whole: (readonly [Options | undefined, Options[]])[] = [];
    for (const [i, options] of plan.entries()) {
      const block = await clock.block(plan[i + 1] ?? options, seen);
      if (block !== null) whole.push([options, block]);
    }
    expect(whole.length).toBeGreaterThan(0);
    for (const [options, block] of whole) expect(block).toEqual(block.map(() => options));
  });

  it('are left out when the library switched before they had ended', async () => {
    const clock = new BlockClock(followed);
    await clock.begin(RATES[0] ?? {});
    expect(await clock.block(RATES[1] ?? {}, (millis) => seen(millis + 700))).toBeNull();
    // The next one has no time left, and one of those after it is in step again.
    const blocks = [];
    for (let i = 0; i < 5; i++) blocks.push(await clock.block(RATES[i % 2] ?? {}, seen));
    expect(blocks[0]).toBeNull();
    expect(blocks.some((block) => block !== null)).toBe(true);
  });

  it('say so when the options never come into force', { timeout: 20_000 }, async () => {
    const clock = new BlockClock({ ...followed, writeOptions: () => 99, generationInForce: async () => 1 });
    await expect(clock.begin({})).rejects.toThrow(
      'the options of generation 99 were not in force after 10 s',
    );
  });
});
