import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { joinBlock, type RawBlock } from '../../loadtest/blocks.ts';
import type { Condition } from '../../loadtest/phases.ts';
import { workerSentence } from '../../loadtest/report/wording.ts';
import { WorkerClock } from '../../loadtest/worker-clock.ts';
import { workerUse } from '../../loadtest/worker-use.ts';
import { EventID } from '../../src/index.ts';
import { Service } from '../api/service.ts';
import { NOTHING_READ } from './made-run.ts';
import { overheadResult } from './report/result.ts';

function raw(condition: Condition, workerMicros: number, requests = 100): RawBlock {
  const end = { ...NOTHING_READ, at: 430, requests, processMicros: 3000 * requests };
  return { set: 0, condition, begin: NOTHING_READ, end, workerMicros, machineBusy: 0.5 };
}

describe('what the worker thread takes', () => {
  it('where a condition lasts stands in the process for what it took in a block', () => {
    const steady = { off: 10, '10': 20, '50': 25, '100': 30 };
    const blocks = [raw('off', 1600), raw('off_again', 1000, 50), raw('burn', 1900), raw('100', 4000)];
    const use = workerUse(blocks, steady);
    expect(use).toEqual({ steady, blocks: { off: 16, off_again: 20, burn: 19, '100': 40 } });
    const micros = blocks.map((block) => joinBlock(block, [], use).processMicros);
    expect(micros).toEqual([2994, 2990, 2991, 2990]);
    expect(blocks.map((block) => joinBlock(block, [], use).workerMicros)).toEqual([16, 20, 19, 40]);
  });

  it('is left in where the system does not tell', () => {
    const unknown = { off: Number.NaN, '10': Number.NaN, '50': Number.NaN, '100': Number.NaN };
    const block = raw('off', Number.NaN);
    expect(workerUse([block], unknown)).toBeNull();
    expect(joinBlock(block, [], null).processMicros).toBe(3000);
    expect(workerSentence({ ...overheadResult(), worker: null })).toBe('');
  });

  it('is told in two sentences', () => {
    expect(workerSentence(overheadResult())).toMatch(
      /takes 31\.2, 34\.6, 37\.1 µs of CPU time per request at 10, 50, 100 %, and 12\.3 µs with it off: 0\.74 % of the process more/,
    );
  });
});

describe.runIf(process.platform === 'linux')('the clock of the worker thread', () => {
  it('moves when the library works, and not with the main thread', async () => {
    await using service = await Service.start();
    const clock = WorkerClock.of(process.pid);
    const before = clock?.micros() ?? Number.NaN;
    const blockedUntil = performance.now() + 500;
    while (performance.now() < blockedUntil) service.record(EventID.EVENT_BUS_PUBLISH, 1000);
    await delay(100);
    const used = (clock?.micros() ?? Number.NaN) - before;
    const { user, system } = process.cpuUsage();
    expect(used).toBeGreaterThan(0);
    expect(used).toBeLessThan(user + system);
  });

  it('is missed in a process without the library', () => {
    expect(() => WorkerClock.of(process.ppid)).toThrow(/has no thread perf-metrics/);
  });
});
