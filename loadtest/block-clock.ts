import { setTimeout as delay } from 'node:timers/promises';

/** The library looks at its options file again so long after each look, or a little later. */
const LOOK_MILLIS = 500;
/** What is measured ends so long before the next look. */
const MARGIN_MILLIS = 50;
const MIN_BLOCK_MILLIS = 300;
const ASK_MILLIS = 15;
/** By which a look that nobody sees may be later than known: what is written before it would be in force too early. */
const UNSEEN_MILLIS = 35;
const MAX_SWITCH_MILLIS = 10_000;

export type Options = Readonly<Record<string, unknown>>;

/** What is switched: the demo; in tests the library's own watch over a file. */
export interface Switched {
  /** @returns the generation by which `generation` tells that the options are in force. */
  writeOptions(options: Options): number;
  /** In force now; null where the library does not say, since it is told not to answer. */
  generationInForce(): Promise<number | null>;
}

/**
 * Cuts time into blocks from one look of the library at its options file to the next. The options of the next block are written when
 * a block begins, so that no time is lost waiting for the switch, and neighbours are half a second apart: the closer they are, the
 * less a shared machine has changed between them.
 */
export class BlockClock {
  private readonly demo: Switched;
  private inForce: number | null = null;
  /** The last look was not earlier, in milliseconds of `performance.now()`. */
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(demo: Switched) {
    this.demo = demo;
  }

  /** Switches, however long that takes. */
  async begin(options: Options): Promise<void> {
    this.inForce = await this.demo.generationInForce();
    await this.await(this.demo.writeOptions(options), isSilent(options));
  }

  /**
   * Calls `measure`, which has to be done after so many milliseconds, under the options in force, then switches to the next. Null when the
   * library was early, or `measure` late, or there was no time left: then nothing is known of that block.
   */
  async block<T>(next: Options, measure: (millis: number) => Promise<T>): Promise<T | null> {
    const generation = this.demo.writeOptions(next);
    const millis = this.lookedAt + LOOK_MILLIS - MARGIN_MILLIS - performance.now();
    const measured = millis < MIN_BLOCK_MILLIS ? null : await measure(millis);
    // Whatever comes next: a stalled block must not stay only because nobody sees its end.
    const isLate = performance.now() > this.lookedAt + LOOK_MILLIS;
    const isWhole = await this.await(generation, isSilent(next));
    return isWhole && !isLate ? measured : null;
  }

  /** Until they are in force; whether the old ones still were when first asked. */
  private async await(generation: number, isNextSilent: boolean): Promise<boolean> {
    if (isNextSilent && this.inForce === null) return await this.awaitUnseen();
    const wanted = isNextSilent ? null : generation;
    const deadline = performance.now() + MAX_SWITCH_MILLIS;
    for (let asked = 0; performance.now() < deadline; asked++) {
      const askedAt = performance.now();
      const found = await this.demo.generationInForce();
      if (found === wanted) {
        this.inForce = wanted;
        return asked > 0;
      }
      // What was still as before had not been looked at when it was asked.
      this.lookedAt = askedAt;
      await delay(ASK_MILLIS);
    }
    throw new Error(
      `the options of generation ${generation} were not in force after ${MAX_SWITCH_MILLIS / 1e3} s`,
    );
  }

  /** From one that is told not to answer to another: nobody sees the switch, and nothing changes by it. */
  private async awaitUnseen(): Promise<boolean> {
    this.lookedAt += LOOK_MILLIS;
    await delay(Math.max(0, this.lookedAt + UNSEEN_MILLIS - performance.now()));
    return true;
  }
}

function isSilent({ exportEnabled }: Options): boolean {
  return exportEnabled === false;
}
