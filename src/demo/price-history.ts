import type { Candle } from './candle.ts';

/** The last `capacity` bars of one instrument as columns, oldest first. */
export class PriceHistory {
  readonly capacity: number;
  readonly #highs: Float64Array;
  readonly #lows: Float64Array;
  readonly #closes: Float64Array;
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#highs = new Float64Array(capacity);
    this.#lows = new Float64Array(capacity);
    this.#closes = new Float64Array(capacity);
  }

  get isFull(): boolean {
    return this.#length === this.capacity;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#highs.byteLength + this.#lows.byteLength + this.#closes.byteLength;
  }

  get highs(): Float64Array {
    return this.#highs.subarray(0, this.#length);
  }

  get lows(): Float64Array {
    return this.#lows.subarray(0, this.#length);
  }

  get closes(): Float64Array {
    return this.#closes.subarray(0, this.#length);
  }

  append(candle: Candle): void {
    if (this.isFull) {
      for (const column of [this.#highs, this.#lows, this.#closes]) column.copyWithin(0, 1);
      this.#length--;
    }
    this.#highs[this.#length] = candle.high;
    this.#lows[this.#length] = candle.low;
    this.#closes[this.#length] = candle.close;
    this.#length++;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Logarithmic returns, bar over bar: one fewer than there are bars. */
  logReturns(): Float64Array {
    const { closes } = this;
    const returns = new Float64Array(Math.max(closes.length - 1, 0));
    for (let i = 0; i < returns.length; i++) returns[i] = Math.log(closes[i + 1] / closes[i]);
    return returns;
  }
}
