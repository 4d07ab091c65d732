import type {
  FleetEventStatistics,
  FleetHistory,
  FleetSlaChange,
  FleetStatistics,
  HistoryPoint,
  PodStatistics,
  ServiceStatistics,
} from '../../src/contract/fleet.ts';
import type { RolloutStatus } from '../../src/contract/rollout.ts';
import type { Distribution } from '../../src/contract/statistics.ts';
import { CONTROL, HOSTILE, rolloutStatus } from './rollout-fixture.ts';

export interface FleetNews extends FleetStatistics {
  readonly rollout: RolloutStatus | null;
  readonly podsTotal: number;
}

export const OUTLIER = 'checkout-6f7d9c5b8-m4xkz';
export const SET_ASIDE = 'checkout-6f7d9c5b8-t8wqv';
const SUFFIXES = ['2hxrp', 'm4xkz', 'b7nlq', 'c9zsd', 'k5vtj', 't8wqv'];
const HOUR_MILLIS = 3_600_000;
const MINUTE_MILLIS = 60_000;

/** What a distribution looks like whose P50 is `p50` seconds. */
function distribution(count: number, p50: number, threshold: number, compliance: number): Distribution {
  const quantiles = { p50, p95: p50 * 2.2, p99: p50 * 3.4, p999: p50 * 6.1 };
  const breaches = Math.round(count * (1 - compliance));
  const [min, max] = [p50 / 4, Math.max(p50 * 9, threshold)];
  return {
    count,
    errors: Math.round(count / 900),
    breaches,
    compliance,
    mean: p50 * 1.2,
    min,
    max,
    quantiles,
  };
}

interface EventPlan {
  readonly event: string;
  readonly p50: number;
  readonly perSecond: number;
  readonly threshold: number;
  readonly compliance: readonly [second: number, five: number, minute: number];
  readonly broken: readonly ('1s' | '5s' | '1m')[];
}

const CHECKOUT: readonly EventPlan[] = [
  {
    event: 'order_execution',
    p50: 0.0018,
    perSecond: 4180,
    threshold: 0.005,
    compliance: [0.974, 0.978, 0.9831],
    broken: ['1s', '5s', '1m'],
  },
  {
    event: 'event_bus_publish',
    p50: 0.000_14,
    perSecond: 9020,
    threshold: 0.001,
    compliance: [0.9992, 0.9994, 0.9995],
    broken: [],
  },
];
const PRICING: readonly EventPlan[] = [
  {
    event: 'signal_generation',
    p50: 0.0021,
    perSecond: 1490,
    threshold: 0.01,
    compliance: [0.998, 0.9974, 0.9979],
    broken: [],
  },
];

/** Some life in the figures, the same at each run. */
function wobble(at: number): number {
  const s = at / 1000;
  return 1 + 0.08 * Math.sin(s / 7) + 0.05 * Math.sin(s / 2.3);
}

function eventStatistics(plan: EventPlan, at: number): FleetEventStatistics {
  const { event, p50, perSecond, threshold, compliance, broken } = plan;
  const shown = (seconds: number, share: number) =>
    distribution(Math.round(perSecond * seconds), p50 * wobble(at), threshold, share);
  const [second, five, minute] = compliance;
  return {
    event,
    unit: 'seconds',
    ...shown(8 * 3600, 0.9968),
    sla: { threshold, objective: 0.99, isMixed: false, broken },
    windows: { '1s': shown(1, second), '5s': shown(5, five), '1m': shown(60, minute) },
  };
}

function service(
  name: string,
  plans: readonly EventPlan[],
  pods: number,
  at: number,
  overwritten: number,
): ServiceStatistics {
  const events = plans.map((plan) => eventStatistics(plan, at));
  return { service: name, pods, events, recorded: 391_220_412, overwritten };
}

function pod(
  of: string,
  prefix: string,
  plans: readonly EventPlan[],
  index: number,
  at: number,
): PodStatistics {
  const name = `${prefix}-${SUFFIXES[index]}`;
  const slow = name === OUTLIER ? 5.2 : 1 + 0.07 * Math.sin(index * 3.1);
  const isAside = name === SET_ASIDE;
  const isControl = CONTROL.includes(name);
  return {
    id: `uid-${name}`,
    name,
    service: of,
    url: `http://10.0.0.${index + 10}:9464`,
    state: isAside ? 'set_aside' : 'merged',
    reason: isAside ? 'timeout' : null,
    mergedAt: isAside ? at - 132_000 : at,
    figures: {
      at,
      startedAt: at - 8 * HOUR_MILLIS,
      instance: name,
      enabled: !isControl,
      generation: 7,
      rate: isControl ? 0 : 0.5,
      targetRate: isControl ? 0 : 0.5,
      recordOverheadRatio: isControl ? 0 : 0.0021 + index * 0.0004,
      aggregateOverheadRatio: 0.0012,
      cpuSeconds: 4200 + index,
      offered: 9_000_000,
      loopDelaySeconds: 3.1,
      loopBeats: 280_000,
      recorded: 32_601_701,
      overwritten: name === OUTLIER ? 1284 : 0,
      events: (isControl ? [] : plans).map(({ event, p50, perSecond, threshold, compliance }) => ({
        event,
        unit: 'seconds',
        objective: 0.99,
        count: perSecond * 4800,
        errors: 41,
        breaches: 977,
        minute: distribution(
          perSecond * 10 - index * 731,
          p50 * slow * wobble(at + index),
          threshold,
          compliance[2],
        ),
      })),
    },
  };
}

function changes(at: number): FleetSlaChange[] {
  const of = (kind: FleetSlaChange['kind'], window: '1s' | '5s' | '1m', ago: number): FleetSlaChange => ({
    kind,
    service: 'checkout',
    event: 'order_execution',
    window,
    value: kind === 'violation' ? 0.0071 : 0.0043,
    threshold: 0.005,
    compliance: kind === 'violation' ? 0.9744 : 0.9931,
    objective: 0.99,
    count: 4180,
    at: at - ago * 1000,
  });
  return [
    of('violation', '1m', 184),
    of('violation', '5s', 212),
    of('violation', '1s', 215),
    of('recovery', '1s', 1204),
    of('violation', '1s', 1207),
  ];
}

/** Two services of six pods each: one pod is slow, one does not answer; an SLA is broken, a gate fails at step 2. */
export function fleetNews(at: number): FleetNews {
  // What happened before stays where it is while time goes on.
  const start = Math.floor(at / MINUTE_MILLIS) * MINUTE_MILLIS;
  const services = [service('checkout', CHECKOUT, 5, at, 1284), service('pricing', PRICING, 6, at, 0)];
  const pods = [
    ...SUFFIXES.map((_, i) => pod('checkout', 'checkout-6f7d9c5b8', CHECKOUT, i, at)),
    ...SUFFIXES.map((_, i) => pod('pricing', 'pricing-7c4b9d6f5', PRICING, i, at)),
  ];
  return {
    at,
    startedAt: at - 8 * HOUR_MILLIS,
    round: {
      rounds: 28_800,
      late: 3,
      durationSeconds: 0.0384,
      lagSeconds: 0.0002,
      targets: 12,
      merged: 11,
    },
    overall: {
      service: '',
      pods: 11,
      events: services.flatMap(({ events }) => events),
      recorded: 391_220_412,
      overwritten: 1284,
    },
    services,
    pods,
    setAside: { timeout: 132 },
    slaChanges: changes(start),
    rollout: rolloutStatus(start),
    podsTotal: 12,
  };
}

/** As it was before an SLA was broken. */
export function keptNews(at: number): FleetNews {
  const news = fleetNews(at);
  const kept = (statistics: ServiceStatistics): ServiceStatistics => ({
    ...statistics,
    events: statistics.events.map((event) => ({ ...event, sla: event.sla && { ...event.sla, broken: [] } })),
  });
  return { ...news, overall: kept(news.overall), services: news.services.map(kept), slaChanges: [] };
}

/** With what somebody hostile would name things, and more pods than are sent. */
export function hostileNews(at: number): FleetNews {
  const news = fleetNews(at);
  const [first, ...others] = news.pods;
  if (first === undefined) throw new Error('the fixture has no pods');
  const pods = [{ ...first, name: HOSTILE, id: HOSTILE }, ...others];
  const [checkout, ...services] = news.services;
  if (checkout === undefined) throw new Error('the fixture has no services');
  const events = checkout.events.map((event, i) => (i === 0 ? event : { ...event, event: HOSTILE }));
  return { ...news, pods, podsTotal: 500, services: [{ ...checkout, events }, ...services] };
}

/** Five minutes second by second, a day minute by minute, up to `at`. */
export function fleetHistory(at: number): FleetHistory {
  const points = (count: number, stepMillis: number, windowSeconds: number): HistoryPoint[] =>
    Array.from({ length: count }, (_, i) => point(at - (count - i) * stepMillis, windowSeconds));
  return { seconds: points(300, 1000, 5), minutes: points(1440, MINUTE_MILLIS, 60) };
}

function point(at: number, windowSeconds: number): HistoryPoint {
  const window = windowSeconds === 5 ? '5s' : '1m';
  const { overall, services } = fleetNews(at);
  const events = [overall, ...services].flatMap((statistics) =>
    statistics.events.flatMap(({ event, unit, windows }) => {
      const { count, quantiles, compliance } = windows[window];
      return quantiles === null
        ? []
        : [{ service: statistics.service, event, unit, count, ...quantiles, compliance }];
    }),
  );
  return { at, events };
}
