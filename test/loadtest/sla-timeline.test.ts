import { describe, expect, it } from 'vitest';
import {
  judgeTimeline,
  type Milestone,
  PROMISED_SECONDS,
  slaLines,
  Timeline,
} from '../../loadtest/sla-timeline.ts';
import { slaLine } from '../../src/demo/console-text.ts';

const ZERO = 1_764_000_000_000;
const AT: Partial<Record<Milestone, number>> = {
  slow: 0,
  violation: 0.3,
  pending: 6,
  firing: 16,
  notified: 17,
  fast: 17.1,
  recovery: 18,
  resolved: 95,
};

function timelineOf(seconds: Partial<Record<Milestone, number>>): Timeline {
  const timeline = new Timeline(ZERO);
  for (const [milestone, second] of Object.entries(seconds))
    timeline.mark(milestone as Milestone, ZERO + second * 1e3, milestone);
  return timeline;
}

function without(milestone: Milestone): Partial<Record<Milestone, number>> {
  const { [milestone]: _, ...rest } = AT;
  return rest;
}

describe('the timeline of an alert', () => {
  it('holds each thing once, when it first happened, in order', () => {
    const timeline = new Timeline(ZERO);
    timeline.mark('firing', ZERO + 16_000, 'firing');
    timeline.mark('firing', ZERO + 17_000, 'firing again');
    timeline.mark('violation', ZERO + 1500, 'over 5s', '5s');
    timeline.mark('violation', ZERO + 500, 'over 1s', '1s');

    expect(timeline.entries()).toEqual([
      { seconds: 0.5, text: 'over 1s' },
      { seconds: 1.5, text: 'over 5s' },
      { seconds: 16, text: 'firing' },
    ]);
    expect(timeline.secondsTo('violation')).toBe(0.5);
    expect(timeline.secondsTo('resolved')).toBeUndefined();
  });

  it('passes when violation, alert and resolve were seen', () => {
    expect(judgeTimeline(timelineOf(AT))).toBe('pass');
  });

  it.each(['violation', 'firing', 'notified', 'resolved'] as const)('fails without %s', (milestone) => {
    expect(judgeTimeline(timelineOf(without(milestone)))).toBe('fail');
  });

  it('fails when somebody is told later than promised', () => {
    expect(judgeTimeline(timelineOf({ ...AT, notified: PROMISED_SECONDS }))).toBe('pass');
    expect(judgeTimeline(timelineOf({ ...AT, notified: PROMISED_SECONDS + 0.001 }))).toBe('fail');
  });
});

describe("the demo's log", () => {
  const change = {
    event: 'exchange_round_trip',
    window: '5s',
    value: 0.102,
    threshold: 0.02,
    compliance: 0.25,
    objective: 0.99,
    count: 8,
    at: ZERO,
  } as const;

  it('is read for what the library says of the event', () => {
    const log = [
      'perf-metrics demo: a paper-trading engine',
      slaLine('broken', change),
      slaLine('broken', { ...change, event: 'order_execution' }),
      slaLine('recovered', { ...change, window: '1m' }),
    ].join('\n');

    expect(slaLines(log, 'exchange_round_trip')).toEqual([
      {
        kind: 'broken',
        window: '5s',
        text: 'P99 102 ms; 25 % of events within 20 ms, objective 99 %',
      },
      expect.objectContaining({ kind: 'recovered', window: '1m' }),
    ]);
  });
});
