export type Side = 'buy' | 'sell';

export interface Order {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  /** Whole units, > 0. */
  readonly quantity: number;
  /** The price at which the decision was taken. */
  readonly price: number;
  /** The bar's high minus its low, in basis points of the price: how nervous the market is. */
  readonly rangeBps: number;
}

/** A part of an order, executed. */
export interface Fill {
  readonly orderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: number;
  readonly price: number;
}

export interface OrderReport {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: number;
  /** `partly_filled`: the exchange cancelled the rest. */
  readonly status: 'filled' | 'partly_filled' | 'rejected';
  readonly filled: number;
  readonly fills: number;
  /** Mean over the fills; `null` when nothing was filled. */
  readonly averagePrice: number | null;
  /** How much worse than the price of the decision, in basis points; `null` when nothing was filled. */
  readonly slippageBps: number | null;
  /** Why the exchange rejected it. */
  readonly reason?: string;
}

/** +1 for a purchase, -1 for a sale. */
export function signOf(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}
