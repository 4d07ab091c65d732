import type { GateName } from '../../../contract/rollout.ts';
import { counted, shortPercentText, wholeText } from '../../../export/report-units.ts';
import type { EventCounts } from '../event-tally.ts';
import type { EarlierStep, Evidence } from '../evidence.ts';
import { newcombeInterval, type Share } from '../interval/newcombe.ts';
import type { Interval } from '../interval/pooled.ts';
import { ratioDifferenceText } from './difference-text.ts';
import { type Case, failingConfidence, type Judgement, neededSeconds, noData } from './gate.ts';

export interface RatioQuestion {
  readonly gate: GateName;
  readonly limit: number;
  /** Which of an event's counts, and how a rise of its share of all events is told. */
  readonly bad: (counts: EventCounts) => number;
  readonly told: (event: string, rise: number) => string;
}

interface Pair {
  readonly event: string;
  readonly now: Share;
  readonly before: Share;
}

interface Rise extends Interval {
  readonly event: string;
}

const MIN_FAIL_SECONDS = 60;

/**
 * A share of events in this step against the step before, event by event. It fails when chance does not explain the rise: the
 * lower end of Newcombe's interval is above the limit. It passes when no estimate is above the limit, and is undecided between
 * them. Counts are estimates of all events; chance works on those that were measured, so that intervals are of these. Events
 * of one burst are not independent, which intervals of shares cannot know: limits are to leave room for it.
 */
export function eventRatioGate(question: RatioQuestion, judged: Case): Judgement {
  const { gate, limit, told } = question;
  const { gates, limits } = judged.spec;
  const before = stepBefore(judged.evidence, limits.minEvents);
  if (before === null && !isEnough(judged.evidence, limits.minEvents)) {
    const text = `no event was measured ${wholeText(limits.minEvents)} times (limits.minEvents) in this step yet`;
    return noData(gate, limit, text);
  }
  if (before === null) {
    const text = 'there is no earlier step to compare with';
    return { gate, verdict: 'pass', figure: null, limit, interval: null, text };
  }
  const pairs = pairsOf(judged.evidence, before, question);
  const enough = pairs.filter((pair) => Math.min(pair.now.count, pair.before.count) >= limits.minEvents);
  const [worst] = rises(enough, gates.confidence);
  if (worst === undefined) {
    const text = `no event was measured ${wholeText(limits.minEvents)} times (limits.minEvents) both in this step and in the one before yet`;
    return noData(gate, limit, text, rises(pairs, gates.confidence)[0]?.estimate ?? null);
  }
  const broken = rises(enough, failingConfidence(judged, enough.length)).find(({ low }) => low > limit);
  const { event, estimate, low, high } = broken ?? worst;
  const text = `${told(event, estimate)} than in the step before (interval ${ratioDifferenceText(low)} to ${ratioDifferenceText(high)}), the worst of ${counted(enough.length, 'event', 'events')} compared; the limit is ${shortPercentText(limit)}`;
  const result = { gate, figure: estimate, limit, interval: [low, high] as const };
  if (broken !== undefined && isLongEnough(judged)) return { ...result, verdict: 'fail', text };
  if (estimate <= limit) return { ...result, verdict: 'pass', text };
  return { ...result, verdict: 'no_data', text: `${text}: undecided, needs more events or time` };
}

/** A burst of some seconds is not what the step is like. */
function isLongEnough({ evidence, status }: Case): boolean {
  const needed = neededSeconds(status.holdSeconds, MIN_FAIL_SECONDS);
  return evidence.pods.some(({ isControl, seconds }) => !isControl && seconds >= needed);
}

/** That of the next lower rate: of those that were not left, by a person, before they had measured enough. */
function stepBefore({ earlier, rate }: Evidence, minEvents: number): EarlierStep | null {
  return earlier
    .filter((step) => step.rate < rate && isEnough(step, minEvents))
    .reduce<EarlierStep | null>((a, b) => (a === null || b.rate > a.rate ? b : a), null);
}

function isEnough({ rate, events }: EarlierStep, minEvents: number): boolean {
  return events.some(([, count]) => count * rate >= minEvents);
}

function pairsOf({ events, rate }: Evidence, before: EarlierStep, { bad }: RatioQuestion): Pair[] {
  const known = new Map(before.events.map((counts) => [counts[0], counts]));
  const share = (counts: EventCounts, samplingRate: number): Share => ({
    ratio: Math.min(1, bad(counts) / counts[1]),
    count: counts[1] * samplingRate,
  });
  return events.flatMap((counts) => {
    const earlier = known.get(counts[0]);
    if (earlier === undefined || earlier[1] === 0 || counts[1] === 0) return [];
    return { event: counts[0], now: share(counts, rate), before: share(earlier, before.rate) };
  });
}

/** Worst first. */
function rises(pairs: readonly Pair[], confidence: number): Rise[] {
  return pairs
    .map(({ event, now, before }) => ({ event, ...newcombeInterval(now, before, confidence) }))
    .sort((a, b) => b.estimate - a.estimate);
}
