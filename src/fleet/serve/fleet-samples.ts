import { DURATION_UNIT } from '../../contract/events.ts';
import type { Sample } from '../../contract/families.ts';
import {
  type FleetEventStatistics,
  type FleetStatistics,
  type PodStatistics,
  SET_ASIDE_REASONS,
  type ServiceStatistics,
} from '../../contract/fleet.ts';
import type { FLEET_FAMILIES } from '../../contract/fleet-families.ts';
import { QUANTILES, type Quantiles, WINDOW_NAMES } from '../../contract/statistics.ts';
import { successCount } from '../../contract/success-count.ts';
import type { DumpCounts } from './settings.ts';

export type FleetFamilyKey = keyof typeof FLEET_FAMILIES;
export type FleetSamples = Readonly<Record<FleetFamilyKey, readonly Sample[]>>;

/** What `/metrics` is rendered from. */
export interface FleetPicture {
  /** Null before the first round. */
  readonly statistics: FleetStatistics | null;
  readonly clients: number;
  readonly dumps: DumpCounts;
}

/** An event, and the service it is told of. */
interface Row extends FleetEventStatistics {
  readonly service: string;
}

/** Values of the label `quantile`, with their key in `Quantiles`. */
const QUANTILE_LABELS = QUANTILES.map((q, i): [label: string, key: keyof Quantiles] => [
  String(q),
  (['p50', 'p95', 'p99', 'p999'] as const)[i],
]);

/**
 * The samples of every family, labels in the order of its spec. Counters exist from the first round, at 0, so that the
 * first increase of each is seen; what was not measured is absent.
 */
export function fleetSamples({ statistics, clients, dumps }: FleetPicture): FleetSamples {
  const services = statistics === null ? [] : [statistics.overall, ...statistics.services];
  return {
    ...roundSamples(statistics),
    ...eventSamples(services),
    ...slaSamples(services),
    records: services.map(({ service, recorded }) => ({ labels: [service], value: recorded })),
    overwritten: services.map(({ service, overwritten }) => ({ labels: [service], value: overwritten })),
    overhead: overheadSamples(statistics?.pods ?? []),
    clients: single(clients),
    dumps: [
      { labels: ['written'], value: dumps.written },
      { labels: ['failed'], value: dumps.failed },
    ],
  };
}

function roundSamples(statistics: FleetStatistics | null) {
  if (statistics === null) {
    return {
      targets: [],
      setAside: [],
      rounds: single(0),
      lateRounds: single(0),
      roundSeconds: [],
      roundLag: [],
      lastRound: [],
    };
  }
  const { at, round, setAside } = statistics;
  return {
    targets: [
      { labels: ['merged'], value: round.merged },
      { labels: ['set_aside'], value: round.targets - round.merged },
    ],
    setAside: SET_ASIDE_REASONS.map((reason) => ({ labels: [reason], value: setAside[reason] ?? 0 })),
    rounds: single(round.rounds),
    lateRounds: single(round.late),
    roundSeconds: single(round.durationSeconds),
    roundLag: single(round.lagSeconds),
    lastRound: single(at / 1e3),
  };
}

function eventSamples(services: readonly ServiceStatistics[]) {
  const rows = rowsOf(services);
  const durations = rows.filter(({ unit }) => unit === DURATION_UNIT);
  const values = rows.filter(({ unit }) => unit !== DURATION_UNIT);
  return {
    events: rows.flatMap(({ service, event, count, errors }) => [
      { labels: [service, event, 'ok'], value: successCount(count, errors) },
      { labels: [service, event, 'error'], value: errors },
    ]),
    quantile: durations.flatMap(({ service, event, quantiles }) =>
      quantileSamples([service, event], quantiles),
    ),
    valueQuantile: values.flatMap(({ service, event, unit, quantiles }) =>
      quantileSamples([service, event, unit], quantiles),
    ),
    window: durations.flatMap(({ service, event, windows }) =>
      WINDOW_NAMES.flatMap((window) => quantileSamples([service, event, window], windows[window].quantiles)),
    ),
    windowValue: values.flatMap(({ service, event, unit, windows }) =>
      WINDOW_NAMES.flatMap((window) =>
        quantileSamples([service, event, unit, window], windows[window].quantiles),
      ),
    ),
    windowEvents: rows.flatMap(({ service, event, windows }) =>
      WINDOW_NAMES.map((window) => ({ labels: [service, event, window], value: windows[window].count })),
    ),
  };
}

function slaSamples(services: readonly ServiceStatistics[]) {
  const rows = rowsOf(services).flatMap((row) => (row.sla === null ? [] : [{ ...row, ...row.sla }]));
  return {
    slaThreshold: rows
      .filter(({ unit }) => unit === DURATION_UNIT)
      .map(({ service, event, threshold }) => ({ labels: [service, event], value: threshold })),
    objective: rows.map(({ service, event, objective }) => ({ labels: [service, event], value: objective })),
    breaches: rows.map(({ service, event, breaches }) => ({ labels: [service, event], value: breaches })),
    compliance: rows.flatMap(({ service, event, windows }) =>
      WINDOW_NAMES.flatMap((window) => {
        const { compliance } = windows[window];
        return compliance === null ? [] : [{ labels: [service, event, window], value: compliance }];
      }),
    ),
    broken: rows.flatMap(({ service, event, broken }) =>
      WINDOW_NAMES.map((window) => ({
        labels: [service, event, window],
        value: broken.includes(window) ? 1 : 0,
      })),
    ),
  };
}

/** Of pods that were merged in the last round: what others said of themselves earlier is not what they cost now. */
function overheadSamples(pods: readonly PodStatistics[]): Sample[] {
  const greatest = new Map<string, number>();
  for (const { service, state, figures } of pods) {
    if (state !== 'merged' || figures === null) continue;
    const ratio = figures.recordOverheadRatio + figures.aggregateOverheadRatio;
    for (const name of ['', service]) greatest.set(name, Math.max(ratio, greatest.get(name) ?? 0));
  }
  return [...greatest].map(([service, value]) => ({ labels: [service], value }));
}

function rowsOf(services: readonly ServiceStatistics[]): Row[] {
  return services.flatMap(({ service, events }) => events.map((event) => ({ ...event, service })));
}

function quantileSamples(labels: readonly string[], quantiles: Quantiles | null): Sample[] {
  if (quantiles === null) return [];
  return QUANTILE_LABELS.map(([label, key]) => ({ labels: [...labels, label], value: quantiles[key] }));
}

function single(value: number): Sample[] {
  return [{ labels: [], value }];
}
