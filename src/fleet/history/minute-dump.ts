import { type DigestCentroids, SNAPSHOT_LIMITS } from '../../contract/snapshot.ts';
import { TDigest } from '../../sketch/tdigest.ts';
import type { Minute, MinuteEvent } from '../minute.ts';

/** Of the JSON in a dump: raised when a reader of the one before would misread it. */
export const MINUTE_SCHEMA_VERSION = 1;

/** Half of a digit in the sixth place is a five-hundredth of the error that a digest may have, and halves the file. */
const DIGITS = 6;
/** Names are printed to terminals: nothing that steers one. */
const NAME = /^[^\p{Cc}\p{Cf}]{1,256}$/u;

/**
 * One line of JSON:
 * `{ schemaVersion, kind: 'fleet', minute: { from, to, events: [{ …, digest: { means, weights, min, max, sum, exactCount } }] } }`.
 * `min` and `max` are null where the digest is empty.
 */
export function minuteText({ from, to, events }: Minute): string {
  const minute = {
    // A clock that was set back leaves a minute without length, whose events count all the same.
    from: Math.min(from, to),
    to,
    events: events.map((event) => ({ ...event, digest: digestJson(event.digest) })),
  };
  return `${JSON.stringify({ schemaVersion: MINUTE_SCHEMA_VERSION, kind: 'fleet', minute })}\n`;
}

/** Rounding keeps the order: means stay ascending, and within min and max. */
function digestJson({ means, weights, min, max, sum, exactCount }: DigestCentroids) {
  return {
    means: Array.from(means, rounded),
    weights: Array.from(weights, rounded),
    min: rounded(min),
    max: rounded(max),
    sum,
    exactCount,
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** @throws Error with a reason when the text is no whole dump of a minute. */
export function parseMinute(text: string): Minute {
  const dump: unknown = JSON.parse(text);
  if (!isRecord(dump) || dump.kind !== 'fleet') throw new Error('it is no dump of a fleet');
  if (dump.schemaVersion !== MINUTE_SCHEMA_VERSION) throw new Error('it is of another schema version');
  const { minute } = dump;
  if (!isRecord(minute) || !Array.isArray(minute.events)) throw new Error('it holds no minute');
  const [from, to] = [number(minute.from), number(minute.to)];
  if (from > to) throw new Error('its minute ends before it begins');
  return { from, to, events: minute.events.map(event) };
}

function event(value: unknown): MinuteEvent {
  if (!isRecord(value)) throw new Error('it holds an event that is none');
  const { slaThreshold } = value;
  return {
    service: name(value.service),
    event: name(value.event),
    unit: name(value.unit),
    slaThreshold: slaThreshold === null ? null : number(slaThreshold),
    objective: number(value.objective),
    count: count(value.count),
    errors: count(value.errors),
    breaches: count(value.breaches),
    digest: digest(value.digest),
  };
}

/** What a digest is loaded into to see whether it is one. */
const trial = TDigest.create(SNAPSHOT_LIMITS.centroids);

function digest(value: unknown): DigestCentroids {
  if (!isRecord(value)) throw new Error('it holds a digest that is none');
  const [means, weights, sum] = [numbers(value.means), numbers(value.weights), number(value.sum)];
  const isEmpty = means.length === 0;
  const min = isEmpty ? Number.NaN : number(value.min);
  const max = isEmpty ? Number.NaN : number(value.max);
  const exactCount = number(value.exactCount);
  if (!trial.load(means, weights, min, max, sum, exactCount))
    throw new Error('it holds a digest that is none');
  return { means, weights, min, max, sum, exactCount };
}

function numbers(value: unknown): Float64Array {
  if (!Array.isArray(value) || value.length > SNAPSHOT_LIMITS.centroids)
    throw new Error('it holds a digest that is none');
  const found = new Float64Array(value.length);
  for (let i = 0; i < found.length; i++) found[i] = number(value[i]);
  return found;
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('it lacks a number');
  return value;
}

function count(value: unknown): number {
  const found = number(value);
  if (found < 0 || found > SNAPSHOT_LIMITS.count) throw new Error('it holds a count that is none');
  return found;
}

function name(value: unknown): string {
  if (typeof value !== 'string' || !NAME.test(value)) throw new Error('it holds a name that is none');
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
