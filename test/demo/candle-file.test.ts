import { describe, expect, it } from 'vitest';
import { CandleFileError, parseCandles, readRecordedCandles } from '../../src/demo/candle-file.ts';

const HEADER = 'date,open,high,low,close,adjclose,volume';

describe('the recorded candles', () => {
  it('are 5,105 valid S&P 500 bars from January 2000 to April 2020', async () => {
    const { candles, badRows } = await readRecordedCandles();
    expect(badRows).toEqual([]);
    expect(candles).toHaveLength(5105);
    expect(candles[0]).toEqual({
      date: '2000-01-03',
      open: 1469.25,
      high: 1478,
      low: 1438.359985,
      close: 1455.219971,
      volume: 931_800_000,
    });
    expect(candles.at(-1)).toEqual({
      date: '2020-04-17',
      open: 2842.429932,
      high: 2879.219971,
      low: 2830.879883,
      close: 2874.560059,
      volume: 5_792_140_000,
    });
  });
});

describe('parseCandles', () => {
  it('leaves bad rows out and says which line and why', () => {
    const { candles, badRows } = parseCandles(
      [
        HEADER,
        '2000-01-03,10,12,9,11,11,100',
        '2000-01-04,10,12,9',
        '2000-02-30,10,12,9,11,11,100',
        '2000-01-05,ten,12,9,11,11,100',
        '2000-01-05,10,12,-9,11,11,100',
        '2000-01-05,10,10.5,9,11,11,100',
        '2000-01-05,10,12,10.5,11,11,100',
        '2000-01-05,10,12,9,11,11,',
        '2000-01-03,10,12,9,11,11,100',
        '',
        '2000-01-06,11,12,9,11,11,0',
      ].join('\r\n'),
    );
    expect(candles.map(({ date }) => date)).toEqual(['2000-01-03', '2000-01-06']);
    expect(badRows.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(badRows.map(({ reason }) => reason.split(' ')[0])).toEqual([
      '4',
      'date',
      'open',
      'low',
      'high',
      'low',
      'volume',
      'date',
    ]);
    expect(badRows.at(-1)?.reason).toBe('date 2000-01-03 is not after 2000-01-03');
  });

  it('finds columns by name, whatever their order', () => {
    const { candles } = parseCandles('Volume,Close,Low,High,Open,Date\n5,11,9,12,10,2000-01-03\n');
    expect(candles).toEqual([{ date: '2000-01-03', open: 10, high: 12, low: 9, close: 11, volume: 5 }]);
  });

  it('refuses a file that lacks a column', () => {
    expect(() => parseCandles('date,open,high,close\n')).toThrow(CandleFileError);
    expect(() => parseCandles('date,open,high,close\n')).toThrow(/low, volume/);
    expect(() => parseCandles('')).toThrow(/no column date/);
  });
});
