import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EventID } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import { Service } from './service.ts';

const ID = EventID.EVENT_BUS_PUBLISH;
const CAPACITY = 131_072;
/** Lower than any loop that records can keep to. */
const BUDGET = 0.0001;
const LOWERED_TO = 0.25;

it('a loop that exceeds the overhead budget lowers the sampling rate, keeps estimates unbiased, and gets it back', async () => {
  await using service = await Service.start({
    adaptiveSampling: true,
    overheadBudgetRatio: BUDGET,
    capacityRecords: CAPACITY,
    seed: 7,
  });
  const { collector } = service;
  let events = 0;
  let lowest = 1;
  while (collector.samplingRate > LOWERED_TO) {
    // Never so fast that a record is lost: an estimate is of what was recorded.
    for (let n = 0; n < 200 && collector.buffer.backlogRecords < CAPACITY / 4; n++) {
      collector.recordEnd(ID, collector.recordStart(ID));
      events++;
    }
    lowest = Math.min(lowest, collector.samplingRate);
    await nextTurn();
  }
  for (let n = 0; n < 20_000; n++) collector.recordEnd(ID, collector.recordStart(ID));
  events += 20_000;
  lowest = Math.min(lowest, collector.samplingRate);
  const metrics = await service.scrape();
  expect(metrics.get('perf_sampling_ratio')).toBeLessThanOrEqual(LOWERED_TO);
  expect(metrics.get('perf_sampling_target_ratio')).toBe(1);

  await eventually('the rate to rise', async () => (collector.samplingRate > lowest ? true : undefined));
  await service.aggregator.stop();
  const { events: measured, ring } = service.statistics;
  expect(ring.overwritten).toBe(0);
  expect(ring.recorded).toBe(ring.aggregated);
  expect(measured[ID].count).not.toBe(events);
  // Six standard errors of the Horvitz-Thompson estimator, had all events been sampled at half the lowest rate seen.
  const error = 6 * Math.sqrt(events * (2 / lowest - 1));
  expect(Math.abs(measured[ID].count - events)).toBeLessThan(error);
}, 40_000);
