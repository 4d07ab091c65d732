import { describe, expect, it } from 'vitest';
import type { FleetStatistics, PodStatistics } from '../../../src/contract/fleet.ts';
import type { Distribution } from '../../../src/contract/statistics.ts';
import { podDeviations } from '../../../src/fleet/serve/outliers.ts';
import { fleetFixture, OUTLIER, SET_ASIDE } from './fixture.ts';

/** The fixture's fleet, with what one pod says of its last minute changed. */
function withMinute(name: string, change: (minute: Distribution) => Distribution): FleetStatistics {
  const fleet = fleetFixture();
  const changed = (pod: PodStatistics): PodStatistics => {
    if (pod.name !== name || pod.figures === null) return pod;
    const events = pod.figures.events.map((event) => ({ ...event, minute: change(event.minute) }));
    return { ...pod, figures: { ...pod.figures, events } };
  };
  return { ...fleet, pods: fleet.pods.map(changed) };
}

function scaled(factor: number) {
  return (minute: Distribution): Distribution => ({
    ...minute,
    quantiles: minute.quantiles && { ...minute.quantiles, p99: minute.quantiles.p99 * factor },
  });
}

describe('the deviations of pods', () => {
  it('begin with the outlier, and hold every pod that was merged', () => {
    const deviations = podDeviations(fleetFixture());
    expect(deviations[0]?.pod.name).toBe(OUTLIER.name);
    expect(deviations[0]?.ratio).toBeCloseTo(OUTLIER.ratio, 10);
    expect(deviations).toHaveLength(11);
    expect(deviations.map(({ pod }) => pod.name)).not.toContain(SET_ASIDE.name);
  });

  it('take a pod that is far too quick for an outlier as well', () => {
    const [first, second] = podDeviations(withMinute('trading-7f9c-3', scaled(1 / 5)));
    expect([first?.pod.name, second?.pod.name]).toEqual(['trading-7f9c-3', OUTLIER.name]);
    expect(first?.ratio).toBeLessThan(0.25);
  });

  it('make nothing of a few events, of none, or of values that have no ratio', () => {
    const few = podDeviations(withMinute(OUTLIER.name, (minute) => ({ ...minute, count: 19 })));
    const none = podDeviations(withMinute(OUTLIER.name, (minute) => ({ ...minute, quantiles: null })));
    const negative = podDeviations(withMinute(OUTLIER.name, scaled(-1)));
    for (const deviations of [few, none, negative])
      expect(deviations.at(-1)).toMatchObject({
        pod: { name: OUTLIER.name },
        event: null,
        p99: null,
        ratio: 1,
      });
  });
});
