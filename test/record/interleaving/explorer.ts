import type { Words } from './stand-ins.ts';

interface Reading {
  readonly step: number;
  readonly bits: number;
}

/** Private memory of a thread. */
export class LocalWords implements Words {
  readonly all: Uint32Array;

  constructor(bytes: number) {
    this.all = new Uint32Array(bytes / 4);
  }

  load(word: number): number {
    return this.all[word];
  }

  store(word: number, bits: number): void {
    this.all[word] = bits;
  }
}

/**
 * What a writer stores, step by step. The writer takes no notice of the reader, so that the memory after `n` of its
 * steps is a function of `n`, and all interleavings are all ways to place the reader's accesses among the steps.
 */
export class WriterHistory implements Words {
  /** Words that the writer has looked at: the reader must not write to them. */
  readonly lookedAt = new Set<number>();
  private readonly now: Uint32Array;
  private readonly initial: Uint32Array;
  private readonly stores = new Map<number, Reading[]>();
  private readonly cache = new Map<number, readonly Reading[]>();
  private count = 0;

  constructor(initial: Uint32Array) {
    this.initial = initial;
    this.now = initial.slice();
  }

  get steps(): number {
    return this.count;
  }

  load(word: number): number {
    this.lookedAt.add(word);
    return this.now[word];
  }

  store(word: number, bits: number): void {
    this.count++;
    this.now[word] = bits;
    const stores = this.stores.get(word) ?? [];
    stores.push({ step: this.count, bits });
    this.stores.set(word, stores);
  }

  /**
   * What a reader can find in `word` once `step` steps are done, each at the earliest step at which it finds it: later
   * ones leave it no choice that the earliest does not leave it too.
   */
  readings(word: number, step: number): readonly Reading[] {
    const key = word * (this.count + 1) + step;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const stores = this.stores.get(word) ?? [];
    const current = stores.findLast((store) => store.step <= step)?.bits ?? this.initial[word];
    const readings: Reading[] = [{ step, bits: current }];
    for (const store of stores) {
      if (store.step > step && !readings.some(({ bits }) => bits === store.bits)) readings.push(store);
    }
    this.cache.set(key, readings);
    return readings;
  }
}

/** The shared memory as a reader sees it in one interleaving: what the writer has stored so far, and its own stores. */
export class ReaderMemory implements Words {
  private readonly history: WriterHistory;
  private readonly choices: { readonly readings: readonly Reading[]; chosen: number }[] = [];
  private readonly own = new Map<number, number>();
  private choice = 0;
  private step = 0;

  constructor(history: WriterHistory) {
    this.history = history;
  }

  load(word: number): number {
    const own = this.own.get(word);
    if (own !== undefined) return own;
    const readings = this.history.readings(word, this.step);
    if (readings.length === 1) return readings[0].bits;
    if (this.choice === this.choices.length) this.choices.push({ readings, chosen: 0 });
    const { readings: known, chosen } = this.choices[this.choice++];
    this.step = known[chosen].step;
    return known[chosen].bits;
  }

  store(word: number, bits: number): void {
    if (this.history.lookedAt.has(word)) throw new Error(`the writer depends on word ${word} of the reader`);
    this.own.set(word, bits);
  }

  /** From here on the writer has taken all of its steps. */
  letWriterFinish(): void {
    this.step = this.history.steps;
  }

  /** Goes back to the start for the next interleaving; false when there is none left. */
  next(): boolean {
    this.choice = 0;
    this.step = 0;
    this.own.clear();
    for (let last = this.choices.at(-1); last !== undefined; last = this.choices.at(-1)) {
      last.chosen += 1;
      if (last.chosen < last.readings.length) return true;
      this.choices.pop();
    }
    return false;
  }
}

/** Runs `read` in every interleaving that it could tell from the others; returns how many there are. */
export function explore(history: WriterHistory, read: (memory: ReaderMemory) => void): number {
  const memory = new ReaderMemory(history);
  let interleavings = 0;
  do {
    read(memory);
    interleavings++;
  } while (memory.next());
  return interleavings;
}
