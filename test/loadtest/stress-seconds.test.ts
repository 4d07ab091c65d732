import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCounters } from '../../loadtest/counter-file.ts';
import { bySecond, throughputOf } from '../../loadtest/stress-seconds.ts';

const BEGAN = 1_764_000_000_000;
const atSecond = (seconds: number): number => BEGAN + seconds * 1e3;

describe('the seconds of a ramp', () => {
  it('count the answers, and leave out what was answered afterwards', () => {
    const answeredAt = [0, 0.999, 1, 2.5, 2.6, 2.7, 3.1].map(atSecond);
    expect(bySecond(BEGAN, 3, answeredAt, []).map(({ answered }) => answered)).toEqual([2, 1, 3]);
  });

  it('have the sampling rate at their end, and none before it is known', () => {
    const looks = [
      { at: atSecond(1.2), samplingRate: 1 },
      { at: atSecond(1.7), samplingRate: 0.5 },
      { at: atSecond(3.5), samplingRate: 0.25 },
    ];
    expect(bySecond(BEGAN, 4, [], looks).map(({ samplingRate }) => samplingRate)).toEqual([
      null,
      0.5,
      0.5,
      0.25,
    ]);
  });

  it('give the throughput while the load was held', () => {
    const plan = { ramp: 2, hold: 4, flood: 1, recovery: 1 };
    const answeredAt = [0, 1.999, 2, 3, 3.5, 5.999, 6, 7].map(atSecond);
    expect(throughputOf(plan, BEGAN, answeredAt)).toBe(1);
  });
});

describe("k6's file", () => {
  it('is read for the counters, each with its times', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'counters-'));
    try {
      const lines = [
        'metric_name,timestamp,metric_value,extra_tags',
        `answered,${atSecond(1)}000,1.000000,`,
        `latency,${atSecond(1)}000,12.5,`,
        `refused,${atSecond(1.5)}250,1.000000,`,
        `answered,${atSecond(2)}000,1.000000,`,
      ];
      await writeFile(join(directory, 'run.csv.gz'), gzipSync(lines.join('\n')));

      expect(await readCounters(join(directory, 'run.csv.gz'), ['answered', 'refused', 'other'])).toEqual({
        answered: [atSecond(1), atSecond(2)],
        refused: [atSecond(1.5) + 0.25],
        other: [],
      });
      await expect(readCounters(join(directory, 'none.csv.gz'), ['answered'])).rejects.toThrow('ENOENT');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
