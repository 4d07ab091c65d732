import { type Fill, signOf } from './order.ts';

/** Commission, in basis points of what is traded. */
const FEE_BPS = 0.2;

/** The paper account of one instrument: cash, position, and what was earned. Average-cost accounting. */
export class Portfolio {
  readonly initialCash: number;
  #cash: number;
  #quantity = 0;
  #averagePrice = 0;
  #realised = 0;
  #fees = 0;

  constructor(initialCash: number) {
    this.initialCash = initialCash;
    this.#cash = initialCash;
  }

  get cash(): number {
    return this.#cash;
  }

  /** Units held; negative when short. */
  get quantity(): number {
    return this.#quantity;
  }

  /** What the units held were bought (or sold short) at. */
  get averagePrice(): number {
    return this.#averagePrice;
  }

  /** Profit of closed positions, before fees. */
  get realised(): number {
    return this.#realised;
  }

  get fees(): number {
    return this.#fees;
  }

  unrealised(price: number): number {
    return this.#quantity * (price - this.#averagePrice);
  }

  equity(price: number): number {
    return this.#cash + this.#quantity * price;
  }

  book({ side, quantity, price }: Fill): void {
    const traded = signOf(side) * quantity;
    const fee = (quantity * price * FEE_BPS) / 1e4;
    this.#cash -= traded * price + fee;
    this.#fees += fee;

    const held = this.#quantity;
    const isReducing = held * traded < 0;
    const closed = isReducing ? Math.sign(held) * Math.min(Math.abs(held), quantity) : 0;
    this.#realised += closed * (price - this.#averagePrice);
    this.#quantity = held + traded;
    if (this.#quantity === 0) this.#averagePrice = 0;
    else if (!isReducing) this.#averagePrice = (held * this.#averagePrice + traded * price) / this.#quantity;
    else if (Math.abs(traded) > Math.abs(held)) this.#averagePrice = price;
  }
}
