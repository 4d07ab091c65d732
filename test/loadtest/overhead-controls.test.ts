import { describe, expect, it } from 'vitest';
import type { RawBlock } from '../../loadtest/blocks.ts';
import {
  blocksCountedControl,
  countControl,
  inStepControl,
  runControls,
} from '../../loadtest/overhead-controls.ts';
import type { Condition } from '../../loadtest/phases.ts';
import { seededRandom } from '../../loadtest/statistics/random.ts';
import { type MadeRun, madeRun, NOTHING_READ } from './made-run.ts';

const BURN_MICROS = 90;

/** Of a run of 150 requests a second in which each was answered, unless changed: the names of the controls that do not hold. */
function broken(
  run: MadeRun,
  change: { received?: number; failed?: number; dropped?: number } = {},
): string[] {
  const made = madeRun(seededRandom(2), { requestsPerBlock: 75, ...run });
  const requests = made.samples.length;
  const { received = requests, failed = 0, dropped = 0 } = change;
  const controls = runControls({
    blocks: made.blocks,
    result: { requests, failed, dropped, samples: made.samples },
    received,
    burnMicros: BURN_MICROS,
    seed: 1,
  });
  return controls.filter(({ isKept }) => !isKept).map(({ name }) => name);
}

describe('a run', () => {
  const honest = { costs: { burn: 0.03 } };

  it('is worth something when all of it is as it should be', () => {
    expect(broken(honest)).toEqual([]);
  });

  it('is void when off differs from off', () => {
    expect(broken({ costs: { burn: 0.03, off_again: 0.04 } })).toEqual(
      expect.arrayContaining(['A/A, cpu_main', 'A/A, cpu_process', 'A/A, latency_p50']),
    );
  });

  it('is void when the burn is not found, or half of it, or twice as much', () => {
    const both = ['a known burn, cpu_main', 'a known burn, cpu_process'];
    expect(broken({ costs: { burn: 0 } })).toEqual(both);
    expect(broken({ costs: { burn: 0.015 }, noise: 0.005 })).toEqual(both);
    expect(broken({ costs: { burn: 0.06 } })).toEqual(both);
  });

  it('is void when k6 could not send a request, one failed, or one is missing', () => {
    expect(broken(honest, { dropped: 1 })).toEqual(['dropped iterations']);
    expect(broken(honest, { failed: 1 })).toEqual(['dropped iterations']);
    expect(broken(honest, { received: 1 })).toEqual(['requests']);
  });

  it('is void at another rate than was asked for', () => {
    expect(broken({ ...honest, requestsPerBlock: 70 })).toEqual(['request rate']);
  });

  it('is void when the demo has no time left for a tenth of it', () => {
    const made = madeRun(seededRandom(2), { requestsPerBlock: 75, ...honest });
    const blocks = made.blocks.map((block) => (block.set < 4 ? { ...block, machineBusy: 0.97 } : block));
    const controls = runControls({
      blocks,
      result: { requests: made.samples.length, failed: 0, dropped: 0, samples: made.samples },
      received: made.samples.length,
      burnMicros: BURN_MICROS,
      seed: 1,
    });
    expect(controls.filter(({ isKept }) => !isKept).map(({ name }) => name)).toEqual(['not saturated']);
  });
});

describe('what the library counted', () => {
  let sent = 0;
  const raw = (condition: Condition): RawBlock => {
    const reading = (requests: number) => ({ ...NOTHING_READ, requests });
    const begin = reading(sent);
    sent += 60;
    const end = reading(sent);
    // Between two blocks.
    sent += 10;
    return { set: 0, condition, begin, end, workerMicros: 0, machineBusy: 0 };
  };
  const blocks = Array.from({ length: 40 }, () =>
    (['off', '10', '50', 'off_again', '100', 'burn'] as const).map(raw),
  ).flat();
  // 60 requests in 120 blocks, give or take 4 · √(2400 · 9 + 2400), and 10 between each two of 240.
  const isKept = (count: number, overwritten = 0) =>
    blocksCountedControl(blocks, { count, overwritten }).isKept;

  it('must be what k6 sent while it measured, within what sampling may miss', () => {
    expect(isKept(7200)).toBe(true);
    expect(isKept(7200 - 619)).toBe(true);
    expect(isKept(7200 - 620)).toBe(false);
    expect(isKept(7200 + 2390 + 619)).toBe(true);
    expect(isKept(7200 + 2390 + 620)).toBe(false);
  });

  it('is not enough when nothing was recorded, nothing measured, or a record lost', () => {
    expect(isKept(0)).toBe(false);
    expect(isKept(7200, 1)).toBe(false);
    expect(blocksCountedControl([raw('off')], { count: 0, overwritten: 0 }).isKept).toBe(false);
  });

  it('is in the warm-up, where all is measured, exact', () => {
    expect(countControl(1500, 1500).isKept).toBe(true);
    expect(countControl(1500, 1499).isKept).toBe(false);
    expect(countControl(0, 0).isKept).toBe(false);
  });
});

it('blocks out of step are few, or the run is void', () => {
  expect(inStepControl(90, 100).isKept).toBe(true);
  expect(inStepControl(89, 100).isKept).toBe(false);
});
