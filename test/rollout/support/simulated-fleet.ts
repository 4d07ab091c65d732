import { readFileSync } from 'node:fs';
import type { FleetStatistics, PodStatistics } from '../../../src/contract/fleet.ts';
import type { Distribution } from '../../../src/contract/statistics.ts';

const NOTHING: Distribution = {
  count: 0,
  errors: 0,
  breaches: 0,
  compliance: null,
  mean: null,
  min: null,
  max: null,
  quantiles: null,
};

export interface SimulatedPod {
  /** Of the library while it measures at a rate, as a share of a core. */
  readonly overhead?: (samplingRate: number) => number;
}

/**
 * Pods that follow an options file at once, and serve 1,000 events a second each at 100 µs of CPU. What they report depends
 * on the file and the time alone, so that every process that looks sees the same pods.
 */
export function simulatedFleet(
  optionsFile: string,
  now: number,
  pods: readonly SimulatedPod[],
): FleetStatistics {
  const startedAt = 1_700_000_000_000;
  const options = optionsOf(optionsFile);
  const seconds = (now - startedAt) / 1000;
  return {
    at: now,
    startedAt,
    round: {
      rounds: 1,
      late: 0,
      durationSeconds: 0.01,
      lagSeconds: 0,
      targets: pods.length,
      merged: pods.length,
    },
    overall: { service: '', pods: pods.length, events: [], recorded: 0, overwritten: 0 },
    services: [],
    pods: pods.map((pod, i) => podStatistics(i, pod, options, now, seconds)),
    setAside: {},
    slaChanges: [],
  };
}

interface FollowedOptions {
  readonly generation: number;
  readonly enabled: boolean;
  readonly samplingRate: number;
  readonly control: readonly string[];
}

function podStatistics(
  i: number,
  { overhead = () => 0.002 }: SimulatedPod,
  options: FollowedOptions,
  now: number,
  seconds: number,
): PodStatistics {
  const instance = `pod-${i}`;
  const enabled = options.enabled && !options.control.includes(instance);
  const count = Math.floor(seconds * 1000);
  // A little of its own each, so that the cohorts have a spread.
  const cpuSeconds = seconds * 0.1 * (1 + i * 1e-5);
  return {
    id: instance,
    name: instance,
    service: 'checkout',
    url: `http://127.0.0.1:${20_000 + i}`,
    state: 'merged',
    reason: null,
    mergedAt: now,
    figures: {
      at: now,
      startedAt: 1_700_000_000_000,
      instance,
      enabled,
      generation: options.generation,
      rate: enabled ? options.samplingRate : 0,
      targetRate: options.samplingRate,
      recordOverheadRatio: enabled ? overhead(options.samplingRate) : 0,
      aggregateOverheadRatio: 0,
      cpuSeconds,
      offered: count,
      loopDelaySeconds: seconds * 0.001,
      loopBeats: Math.floor(seconds * 50),
      recorded: count,
      overwritten: 0,
      events: [
        { event: 'order', unit: 'seconds', objective: 0.99, count, errors: 0, breaches: 0, minute: NOTHING },
      ],
    },
  };
}

function optionsOf(file: string): FollowedOptions {
  const none = { generation: 0, enabled: true, samplingRate: 1, control: [] };
  try {
    return { ...none, ...JSON.parse(readFileSync(file, 'utf8')) };
  } catch {
    return none;
  }
}
