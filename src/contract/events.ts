import { PerfMetricsError } from './errors.ts';
import { MAX_EVENTS } from './record.ts';

/** What `defineEvents` takes for one event. */
export interface EventDefinition {
  /** SLA: an event is a breach when it takes longer. Milliseconds, > 0. Only for durations. */
  readonly slaMillis?: number;
  /** SLA of an event that is no duration: a breach when the value is greater. In `unit`. */
  readonly slaValue?: number;
  /** The ratio of events that must keep the SLA, 0 < objective < 1. Default 0.99. */
  readonly objective?: number;
  /** Unit of an event that is no duration, as a Prometheus label (`basis_points`). Default `seconds`: a duration. */
  readonly unit?: string;
  /** Upper bounds of the classic histogram's buckets, ascending, in seconds or `unit`. At most 24. */
  readonly buckets?: readonly number[];
}

/** One event of the catalogue, everything resolved. */
export interface EventSpec {
  readonly id: number;
  readonly name: string;
  readonly unit: string;
  /** In the base unit (seconds for a duration); `null` when the event has no SLA. */
  readonly slaThreshold: number | null;
  readonly objective: number;
  readonly buckets: readonly number[];
}

export interface EventCatalogue<Name extends string = string> {
  readonly specs: readonly EventSpec[];
  readonly id: Readonly<Record<Name, number>>;
}

export const DURATION_UNIT = 'seconds';

/** How an event ended. */
export const Outcome = { OK: 0, ERROR: 1 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** The default catalogue's ids. */
export const EventID = {
  CANDLE_PROCESSING: 0,
  SIGNAL_GENERATION: 1,
  ORDER_EXECUTION: 2,
  EVENT_BUS_PUBLISH: 3,
  EVENT_BUS_HANDLE: 4,
} as const;

const DEFAULT_DEFINITIONS = {
  candle_processing: { slaMillis: 50 },
  signal_generation: { slaMillis: 10 },
  order_execution: { slaMillis: 5 },
  event_bus_publish: { slaMillis: 1 },
  event_bus_handle: { slaMillis: 1 },
} as const satisfies Record<string, EventDefinition>;

export type DefaultEventName = keyof typeof DEFAULT_DEFINITIONS;

const DURATION_BUCKETS_SECONDS = [
  0.000_01, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  2.5, 5, 10,
];
const VALUE_BUCKETS = [-100, -10, -1, 0, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 1000];
const MAX_BUCKETS = 24;
const DEFINITION_KEYS = ['slaMillis', 'slaValue', 'objective', 'unit', 'buckets'];
export const EVENT_NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const UNIT_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/**
 * A catalogue of the default events followed by these, in the order given. Ids are positions, so they are the same in
 * every process that defines the same events in the same order.
 *
 * @throws PerfMetricsError `PERF_EVENT_INVALID` on a bad name, unit, SLA, objective or bucket list, naming the event.
 */
export function defineEvents<Name extends string = never>(
  definitions: Readonly<Record<Name, EventDefinition>> = {} as Record<Name, EventDefinition>,
): EventCatalogue<Name | DefaultEventName> {
  const all = Object.entries<EventDefinition>({ ...DEFAULT_DEFINITIONS, ...definitions });
  if (all.length > MAX_EVENTS) throw invalid(`at most ${MAX_EVENTS} events, got ${all.length}`);
  const specs = all.map(([name, definition], id) => resolve(name, definition, id));
  const id = Object.fromEntries(specs.map((spec) => [spec.name, spec.id]));
  return { specs, id: id as Record<Name | DefaultEventName, number> };
}

function resolve(name: string, definition: EventDefinition, id: number): EventSpec {
  if (!EVENT_NAME.test(name)) {
    throw invalid(
      `event name ${JSON.stringify(name)}: use lower-case letters, digits and _, at most 63, starting with a letter`,
    );
  }
  if (typeof definition !== 'object' || definition === null) {
    throw invalid(`event ${name}: expected an object such as { slaMillis: 10 }`);
  }
  const unknown = Object.keys(definition).find((key) => !DEFINITION_KEYS.includes(key));
  if (unknown !== undefined) {
    throw invalid(
      `event ${name}: there is no ${JSON.stringify(unknown)}; known: ${DEFINITION_KEYS.join(', ')}`,
    );
  }
  const { slaMillis, slaValue, objective = 0.99, unit = DURATION_UNIT } = definition;
  if (!UNIT_NAME.test(unit))
    throw invalid(`event ${name}: unit ${JSON.stringify(unit)} is no Prometheus unit such as "basis_points"`);
  const isDuration = unit === DURATION_UNIT;
  if (slaMillis !== undefined && (!isDuration || !isBetween(slaMillis, 0, 1e9))) {
    throw invalid(
      `event ${name}: slaMillis must be > 0 and < 1e9, in milliseconds, and only for durations; got ${String(slaMillis)}`,
    );
  }
  if (slaValue !== undefined && (isDuration || !Number.isFinite(slaValue))) {
    throw invalid(
      `event ${name}: slaValue must be a finite number, and only with a unit; durations take slaMillis`,
    );
  }
  if (!isBetween(objective, 0, 1))
    throw invalid(`event ${name}: objective must lie between 0 and 1, got ${String(objective)}`);
  const buckets = definition.buckets ?? (isDuration ? DURATION_BUCKETS_SECONDS : VALUE_BUCKETS);
  const ascending =
    Array.isArray(buckets) &&
    buckets.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > buckets[i - 1]));
  if (!ascending || buckets.length === 0 || buckets.length > MAX_BUCKETS) {
    throw invalid(`event ${name}: buckets must be 1 to ${MAX_BUCKETS} finite numbers in ascending order`);
  }
  const threshold = slaMillis === undefined ? (slaValue ?? null) : slaMillis / 1e3;
  return { id, name, unit, slaThreshold: threshold, objective, buckets };
}

/**
 * The threshold to compare records with: at their precision (float32), so that a value that equals it keeps the SLA.
 * Infinity when the event has none.
 */
export function recordThreshold(spec: EventSpec): number {
  return spec.slaThreshold === null ? Number.POSITIVE_INFINITY : Math.fround(spec.slaThreshold);
}

function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value > low && value < high;
}

function invalid(message: string): PerfMetricsError {
  return new PerfMetricsError('PERF_EVENT_INVALID', message);
}
