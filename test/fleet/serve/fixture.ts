import type {
  FleetEventStatistics,
  FleetHistory,
  FleetStatistics,
  HistoryPoint,
  PodFigures,
  PodStatistics,
  ServiceStatistics,
} from '../../../src/contract/fleet.ts';
import type { RolloutStatus } from '../../../src/contract/rollout.ts';
import type { Distribution, WindowName } from '../../../src/contract/statistics.ts';

/** 2026-11-22T12:00:00Z: when the fixture's fleet was looked at, five minutes after it began. */
export const NOON = Date.UTC(2026, 10, 22, 12);
const STARTED = NOON - 300_000;

interface Load {
  readonly event: string;
  readonly unit: string;
  readonly threshold: number | null;
  readonly objective: number;
  readonly perSecond: number;
  /** Of the service's; P50, P95 and P99.9 follow it. */
  readonly p99: number;
  /** Within the SLA. */
  readonly compliance: number;
  readonly broken: readonly WindowName[];
}

const TRADING: readonly Load[] = [
  load('candle_processing', 0.05, 400, 0.021, 0.9996),
  load('order_execution', 0.005, 120, 0.0042, 0.994),
  { ...load('slippage', 2.5, 120, 1.9, 0.997), unit: 'basis_points' },
];
const PRICING: readonly Load[] = [
  { ...load('signal_generation', 0.01, 250, 0.014, 0.978), broken: ['5s', '1m'] },
  { ...load('quote_refresh', 0.02, 60, 0.0035, 1), threshold: null },
];
/** The pod whose P99 is furthest from its service's, and by how much. */
export const OUTLIER = { name: 'trading-7f9c-5', ratio: 3.4 } as const;
export const SET_ASIDE = { name: 'pricing-58bd-3', reason: 'timeout' } as const;

/** Two services of eight and four pods: one of them slow, one set aside, one SLA broken. The same figures at each call. */
export function fleetFixture(round = 300): FleetStatistics {
  const pods = [
    ...Array.from({ length: 4 }, (_, i) => pod('pricing', `pricing-58bd-${i}`, PRICING, i)),
    ...Array.from({ length: 8 }, (_, i) => pod('trading', `trading-7f9c-${i}`, TRADING, i)),
  ];
  const at = NOON + (round - 300) * 1e3;
  const services = [service('pricing', 3, PRICING, 4), service('trading', 8, TRADING, 8)];
  const all = [...PRICING, ...TRADING].toSorted((a, b) => (a.event < b.event ? -1 : 1));
  return {
    at,
    startedAt: STARTED,
    round: { rounds: round, late: 1, durationSeconds: 0.0184, lagSeconds: 0.0006, targets: 12, merged: 11 },
    overall: {
      ...service('', 11, all, 12),
      events: all.map((one) => event(one, PRICING.includes(one) ? 4 : 8)),
    },
    services,
    pods,
    setAside: { timeout: 42, truncated: 1 },
    slaChanges: [
      slaChange('5s', NOON - 12_000, 0.961),
      slaChange('1m', NOON - 31_000, 0.978),
      { ...slaChange('5s', NOON - 64_000, 0.996), kind: 'recovery' },
      slaChange('5s', NOON - 95_000, 0.953),
    ],
  };
}

/** As `fleetFixture`, with so many pods more, all of them alike. */
export function largeFleetFixture(extraPods: number): FleetStatistics {
  const fleet = fleetFixture();
  const extra = Array.from({ length: extraPods }, (_, i) => pod('trading', `trading-more-${i}`, TRADING, 0));
  const targets = fleet.round.targets + extraPods;
  return {
    ...fleet,
    round: { ...fleet.round, targets, merged: targets - 1 },
    pods: [...fleet.pods, ...extra],
  };
}

/** Ten minutes of seconds and two hours of minutes, up to `NOON`. */
export function historyFixture(): FleetHistory {
  const points = (count: number, millis: number): HistoryPoint[] =>
    Array.from({ length: count }, (_, i) => historyPoint(NOON - (count - 1 - i) * millis, i));
  return { seconds: points(600, 1e3), minutes: points(120, 60_000) };
}

/** At the second of three steps, every gate but one passed. */
export function rolloutFixture(): RolloutStatus {
  const gate = { verdict: 'pass', interval: null, at: NOON - 2000, since: NOON - 120_000 } as const;
  return {
    schemaVersion: 1,
    phase: 'progressing',
    step: 1,
    stepCount: 3,
    rates: [0.1, 0.5, 1],
    specHash: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
    suspended: null,
    samplingRate: 0.5,
    stepSince: NOON - 130_000,
    heldSince: NOON - 126_000,
    heldSeconds: 126,
    holdSeconds: 172_800,
    generation: 4,
    control: ['trading-7f9c-0'],
    pods: { total: 12, inStep: 11 },
    gates: [
      {
        ...gate,
        gate: 'overhead',
        figure: 0.0034,
        limit: 0.01,
        text: 'the dearest pod, trading-7f9c-5, spends 0.34 % of a core, limit 1 %',
      },
      {
        ...gate,
        gate: 'cohort_cpu',
        figure: 0.004,
        interval: [-0.002, 0.009],
        limit: 0.01,
        text: 'CPU per event is 0.40 % above the control cohort (-0.20 to 0.90 %), limit 1 %',
      },
      { ...gate, gate: 'losses', figure: 0, limit: 0, text: 'no record was lost in this step' },
      {
        ...gate,
        gate: 'errors',
        verdict: 'no_data',
        figure: null,
        limit: 0.001,
        text: '812 of the 1,000 events that a comparison takes',
      },
    ],
    conditions: [
      condition('SpecValid', true, 'Valid', 'the spec is in force'),
      condition('PodsInStep', false, 'Waiting', '11 of 12 pods report generation 4 at 50 %'),
      condition('GatesPassing', false, 'NoData', 'errors has no data'),
      condition('Stuck', false, 'Progressing', 'nothing holds it up'),
    ],
    decisions: [
      {
        decision: 'advance',
        at: NOON - 130_000,
        from: 0,
        to: 1,
        reason: 'every pod held 10 % for 2d 00h and all gates passed',
        by: 'controller',
      },
      { decision: 'resume', at: NOON - 172_930_000, from: 0, to: 0, reason: 'asked for', by: 'ada' },
      {
        decision: 'start',
        at: NOON - 173_000_000,
        from: -1,
        to: 0,
        reason: 'the baseline was held',
        by: 'controller',
      },
    ],
    answeredRequest: null,
    updatedAt: NOON - 2000,
  };
}

function load(event: string, threshold: number, perSecond: number, p99: number, compliance: number): Load {
  return { event, unit: 'seconds', threshold, objective: 0.99, perSecond, p99, compliance, broken: [] };
}

function distribution(
  { perSecond, p99, compliance, threshold }: Load,
  seconds: number,
  factor = 1,
): Distribution {
  const count = perSecond * seconds;
  return {
    count,
    errors: Math.round(count * 0.002),
    breaches: threshold === null ? 0 : Math.round(count * (1 - compliance)),
    compliance: threshold === null ? null : compliance,
    mean: p99 * factor * 0.35,
    min: p99 * factor * 0.05,
    max: p99 * factor * 4,
    quantiles: {
      p50: p99 * factor * 0.3,
      p95: p99 * factor * 0.7,
      p99: p99 * factor,
      p999: p99 * factor * 2.2,
    },
  };
}

function event(one: Load, pods: number): FleetEventStatistics {
  const fleet = { ...one, perSecond: one.perSecond * pods };
  const { event: name, unit, threshold, objective, broken } = one;
  return {
    event: name,
    unit,
    ...distribution(fleet, 300),
    sla: threshold === null ? null : { threshold, objective, isMixed: name === 'slippage', broken },
    windows: {
      '1s': distribution(fleet, 1, 0.9),
      '5s': distribution(fleet, 5, 0.95),
      '1m': distribution(fleet, 60),
    },
  };
}

function service(name: string, merged: number, loads: readonly Load[], pods: number): ServiceStatistics {
  return {
    service: name,
    pods: merged,
    events: loads.map((one) => event(one, pods)),
    recorded: loads.reduce((sum, { perSecond }) => sum + perSecond * 300, 0) * pods,
    overwritten: name === 'pricing' ? 0 : 128,
  };
}

function pod(serviceName: string, name: string, loads: readonly Load[], i: number): PodStatistics {
  const isSetAside = name === SET_ASIDE.name;
  const url = `http://10.0.${serviceName === 'trading' ? 1 : 2}.${i + 10}:9464`;
  return {
    id: `uid-${name}`,
    name,
    service: serviceName,
    url,
    state: isSetAside ? 'set_aside' : 'merged',
    reason: isSetAside ? SET_ASIDE.reason : null,
    mergedAt: isSetAside ? NOON - 42_000 : NOON,
    figures: figures(name, loads, i),
  };
}

function figures(name: string, loads: readonly Load[], i: number): PodFigures {
  // Some way from the service each, and none as far as the outlier.
  const factor = name === OUTLIER.name ? OUTLIER.ratio : 0.9 + 0.03 * i;
  const isControl = name === 'trading-7f9c-0';
  return {
    at: NOON,
    startedAt: STARTED + i * 1e3,
    instance: name,
    enabled: !isControl,
    generation: 4,
    rate: isControl ? 0 : 0.5,
    targetRate: isControl ? 0 : 0.5,
    recordOverheadRatio: isControl ? 0 : 0.0011 + i * 1e-4,
    aggregateOverheadRatio: isControl ? 0 : 0.0018,
    cpuSeconds: 41.5 + i,
    offered: 190_000,
    loopDelaySeconds: 0.41,
    loopBeats: 15_000,
    recorded: isControl ? 0 : 95_000,
    overwritten: name === OUTLIER.name ? 128 : 0,
    events: loads.map((one) => {
      const { event: of, unit, objective } = one;
      const total = distribution(one, 300, factor);
      return {
        event: of,
        unit,
        objective,
        count: total.count,
        errors: total.errors,
        breaches: total.breaches,
        minute: distribution(one, 60, factor),
      };
    }),
  };
}

function slaChange(window: WindowName, at: number, compliance: number) {
  return {
    kind: 'violation',
    service: 'pricing',
    event: 'signal_generation',
    window,
    value: 0.0142,
    threshold: 0.01,
    compliance,
    objective: 0.99,
    count: 5000,
    at,
  } as const;
}

function condition(
  type: RolloutStatus['conditions'][number]['type'],
  isTrue: boolean,
  reason: string,
  message: string,
) {
  return { type, isTrue, reason, message, since: NOON - 126_000 };
}

function historyPoint(at: number, i: number): HistoryPoint {
  const of = (name: string, loads: readonly Load[]) =>
    loads.map((one) => {
      const wave = 1 + 0.15 * Math.sin(i / 9) + (i % 97 === 96 ? 0.8 : 0);
      const { quantiles, compliance, count } = distribution(one, 5, wave);
      const { p50, p95, p99, p999 } = quantiles ?? { p50: 0, p95: 0, p99: 0, p999: 0 };
      return { service: name, event: one.event, unit: one.unit, count, p50, p95, p99, p999, compliance };
    });
  const services = [...of('pricing', PRICING), ...of('trading', TRADING)];
  return { at, events: [...services.map((one) => ({ ...one, service: '' })), ...services] };
}
