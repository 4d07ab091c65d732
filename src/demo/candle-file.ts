import { readFile } from 'node:fs/promises';
import { type Candle, candleProblem } from './candle.ts';

/** A row that was left out, and why. `line` counts from 1, the header being line 1. */
export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

export interface CandleFile {
  readonly candles: readonly Candle[];
  readonly badRows: readonly BadRow[];
}

const COLUMNS = ['date', 'open', 'high', 'low', 'close', 'volume'] as const;

/** Thrown when there is no usable candle file; the message says what to do. */
export class CandleFileError extends Error {
  override readonly name = 'CandleFileError';
}

/**
 * Reads CSV with a header that names at least date, open, high, low, close and volume, in any order. Invalid rows, and
 * rows not later than the one before, are left out and listed.
 *
 * @throws CandleFileError when the header lacks a column.
 */
export function parseCandles(text: string): CandleFile {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const names = header.split(',').map((name) => name.trim().toLowerCase());
  const at = COLUMNS.map((column) => names.indexOf(column));
  const missing = COLUMNS.filter((_, i) => at[i] === -1);
  if (missing.length > 0)
    throw new CandleFileError(`The candle file's header has no column ${missing.join(', ')}.`);

  const candles: Candle[] = [];
  const badRows: BadRow[] = [];
  lines.forEach((content, index) => {
    if (content.trim() === '') return;
    const cells = content.split(',');
    const reason =
      cells.length === names.length ? read(cells) : `${cells.length} cells, expected ${names.length}`;
    if (reason !== undefined) badRows.push({ line: index + 2, reason });
  });
  return { candles, badRows };

  function read(cells: readonly string[]): string | undefined {
    const [date, open, high, low, close, volume] = at.map((column) => (cells[column] ?? '').trim());
    const candle = {
      date: date ?? '',
      open: decimal(open),
      high: decimal(high),
      low: decimal(low),
      close: decimal(close),
      volume: decimal(volume),
    };
    const problem = candleProblem(candle);
    if (problem !== undefined) return problem;
    const previous = candles.at(-1);
    if (previous !== undefined && candle.date <= previous.date) {
      return `date ${candle.date} is not after ${previous.date}`;
    }
    candles.push(candle);
    return undefined;
  }
}

/** The recorded daily S&P 500 bars (January 2000 to April 2020) of the npm package `vega-datasets`. */
export async function readRecordedCandles(): Promise<CandleFile> {
  let path: URL;
  let text: string;
  try {
    path = new URL('../data/sp500-2000.csv', import.meta.resolve('vega-datasets'));
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const message =
      'The demo replays candles of the npm package vega-datasets, which is not installed: run `npm install`.';
    throw new CandleFileError(message, { cause });
  }
  return parseCandles(text);
}

function decimal(text = ''): number {
  return text === '' ? Number.NaN : Number(text);
}
