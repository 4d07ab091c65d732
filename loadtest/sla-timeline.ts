import type { SlaResult, Verdict } from './phases.ts';

/** What is waited for on the way of an alert. A violation and a recovery are of the library, over any of its windows. */
export type Milestone =
  | 'slow'
  | 'violation'
  | 'pending'
  | 'firing'
  | 'notified'
  | 'fast'
  | 'recovery'
  | 'resolved';

/** From the slow-down until somebody is told. */
export const PROMISED_SECONDS = 30;

/** What happened when, each thing once: seconds since the slow-down. */
export class Timeline {
  private readonly zeroAt: number;
  private readonly marks = new Map<string, { seconds: number; text: string; milestone: Milestone }>();

  /** @param zeroAt of the slow-down, in milliseconds since 1970. */
  constructor(zeroAt: number) {
    this.zeroAt = zeroAt;
  }

  /** Unless it has happened before. `detail` tells apart what may happen more than once, such as the window. */
  mark(milestone: Milestone, at: number, text: string, detail = ''): void {
    const key = `${milestone} ${detail}`;
    if (this.marks.has(key)) return;
    this.marks.set(key, { seconds: (at - this.zeroAt) / 1e3, text, milestone });
  }

  /** When it first happened; `undefined` if it did not. */
  secondsTo(milestone: Milestone): number | undefined {
    return this.inOrder().find((mark) => mark.milestone === milestone)?.seconds;
  }

  entries(): SlaResult['timeline'] {
    return this.inOrder().map(({ seconds, text }) => ({ seconds, text }));
  }

  private inOrder() {
    return [...this.marks.values()].sort((a, b) => a.seconds - b.seconds);
  }
}

/** Whether all was seen, and in time. */
export function judgeTimeline(timeline: Timeline): Extract<Verdict, 'pass' | 'fail'> {
  const seen = (['violation', 'firing', 'notified', 'resolved'] as const).every(
    (milestone) => timeline.secondsTo(milestone) !== undefined,
  );
  return seen && (timeline.secondsTo('notified') ?? Number.POSITIVE_INFINITY) <= PROMISED_SECONDS
    ? 'pass'
    : 'fail';
}

export interface SlaLine {
  readonly kind: 'broken' | 'recovered';
  readonly window: string;
  readonly text: string;
}

/** Of the demo's log, what it says when the library tells it that the event's SLA is broken or kept again. */
export function slaLines(log: string, event: string): SlaLine[] {
  const pattern = new RegExp(`^SLA (broken|recovered) +${event} over (\\w+): (.*)$`, 'gm');
  return [...log.matchAll(pattern)].map(([, kind, window = '', text = '']) => ({
    kind: kind as SlaLine['kind'],
    window,
    text,
  }));
}
