/** One bar of market data: prices in the instrument's currency, volume in units traded. */
export interface Candle {
  /** ISO 8601 calendar date, `2020-04-17`. */
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const PRICE_FIELDS = ['open', 'high', 'low', 'close'] as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MAX_PRICE = 1e9;
const MAX_VOLUME = 1e15;

/**
 * What is wrong with a candle, as a sentence that names the field; `undefined` when it is a valid one: a real calendar
 * date, finite prices > 0, the low below and the high above the others, a finite volume >= 0.
 */
export function candleProblem(row: Readonly<Record<string, unknown>>): string | undefined {
  if (!isCalendarDate(row.date))
    return `date must be a calendar date such as "2020-04-17", got ${show(row.date)}`;
  for (const field of PRICE_FIELDS) {
    const price = row[field];
    if (typeof price !== 'number' || !(price > 0 && price <= MAX_PRICE)) {
      return `${field} must be a number > 0 and at most ${MAX_PRICE}, got ${show(price)}`;
    }
  }
  const { open, high, low, close, volume } = row as unknown as Candle;
  if (typeof volume !== 'number' || !(volume >= 0 && volume <= MAX_VOLUME)) {
    return `volume must be a number from 0 to ${MAX_VOLUME}, got ${show(volume)}`;
  }
  if (high < Math.max(open, close))
    return `high (${high}) must not be below open (${open}) or close (${close})`;
  if (low > Math.min(open, close)) return `low (${low}) must not be above open (${open}) or close (${close})`;
  return undefined;
}

function isCalendarDate(value: unknown): boolean {
  if (typeof value !== 'string' || !DATE.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(value);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
