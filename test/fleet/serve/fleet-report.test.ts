import { describe, expect, it } from 'vitest';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import type { RolloutStatus } from '../../../src/contract/rollout.ts';
import { renderFleetReport } from '../../../src/fleet/serve/fleet-report.ts';
import { fleetFixture, largeFleetFixture, OUTLIER, rolloutFixture, SET_ASIDE } from './fixture.ts';

function report(change: Partial<FleetStatistics> = {}, rollout: RolloutStatus | null = null): string {
  return renderFleetReport({ ...fleetFixture(), ...change, rollout });
}

/** The lines of a section, without its title. */
function section(text: string, title: string): string[] {
  const found = text.split('\n\n').find((lines) => lines.startsWith(title));
  return found?.trimEnd().split('\n').slice(1) ?? [];
}

describe('the report of the fleet', () => {
  it('says first how the fleet is', () => {
    expect(report().split('\n').slice(0, 6)).toEqual([
      'Fleet report  2026-11-22 11:55:00 to 2026-11-22 12:00:00 UTC (5m 00s)',
      '',
      'pods       12 of 2 services: 11 merged, 1 set aside',
      'events     1,908,000 since start, 6,360/s over the last 5 s',
      'records    3,420,000 written, 128 lost',
      'rounds     300, 1 of them late; the last took 18.4 ms',
    ]);
  });

  it('has a table for each service, and one for all', () => {
    const text = report();
    expect(section(text, 'All services (11 pods').length).toBe(2 + 5 + 1);
    expect(section(text, 'pricing (3 pods)')).toEqual([
      '  event                count      P50      P95      P99    P99.9   P99 1m    SLA   within  verdict',
      `  ${'─'.repeat(96)}`,
      '  signal_generation  300,000  4.20 ms  9.80 ms  14.0 ms  30.8 ms  14.0 ms  10 ms  97.80 %  BROKEN',
      '  quote_refresh       72,000  1.05 ms  2.45 ms  3.50 ms  7.70 ms  3.50 ms      -        -  -',
    ]);
    expect(section(text, 'trading (8 pods, 128 records lost)').at(-1)).toBe(
      '  * pods disagree on it: the strictest is shown',
    );
  });

  it('says it once when there is one service', () => {
    const one = report({ services: fleetFixture().services.slice(0, 1) });
    expect(one).not.toContain('All services');
  });

  it('has the outlier first among the pods', () => {
    const [, , first, ...others] = section(report(), 'Pods, those furthest');
    expect(first).toMatch(new RegExp(`^ {2}${OUTLIER.name} +trading +\\w+ +6.46 +× 3.40 +50 % +0.34 %$`));
    expect(others).toHaveLength(10);
    expect(others.join('\n')).toMatch(/trading-7f9c-0 .* off +0 %$/m);
  });

  it('says which pods are set aside, since when and why', () => {
    expect(section(report(), 'Set aside')).toEqual([
      '  pod             service  last merged  because',
      `  ${'─'.repeat(55)}`,
      `  ${SET_ASIDE.name}  pricing  42s ago      no answer in time`,
      '  answers set aside since this process started: 43',
    ]);
    const pods = fleetFixture().pods.filter(({ state }) => state === 'merged');
    expect(section(report({ pods, setAside: {} }), 'Set aside')).toEqual([]);
  });

  it('tells of the rollout: its step, what each gate says, what has been decided', () => {
    const lines = section(report({}, rolloutFixture()), 'Sampling rollout');
    expect(lines[0]).toBe('  progressing: step 2 of 3, 50 % of events measured, held for 2m 06s of 2d 00h');
    expect(lines[1]).toBe('  11 of 12 pods in this step, 1 kept disabled for comparison');
    expect(lines).toContain('  no data  errors             812 of the 1,000 events that a comparison takes');
    expect(lines).toContain('  Waiting: 11 of 12 pods report generation 4 at 50 %');
    expect(lines.join('\n')).not.toContain('nothing holds it up');
    expect(lines.join('\n')).toContain('resume by ada: asked for');
  });

  it('tells of a rollout that has not begun, waits for pods, or has failed', () => {
    const first = (change: Partial<RolloutStatus>) =>
      section(report({}, { ...rolloutFixture(), ...change }), 'Sampling rollout')[0];
    expect(first({ phase: 'baseline', step: -1, heldSince: null })).toBe(
      '  baseline: before step 1 of 3, every pod disabled, entered 2m 10s ago, not every pod has it yet',
    );
    expect(first({ phase: 'failed', step: 0, samplingRate: 0.1 })).toBe(
      '  failed: step 1 of 3, 10 % of events measured, for 2m 10s',
    );
  });

  it('stays as wide as a terminal and as long as a person reads, however large the fleet', () => {
    const long = 'x'.repeat(200);
    const fleet = largeFleetFixture(2000);
    const text = renderFleetReport({
      ...fleet,
      pods: fleet.pods.map((pod, i) => ({ ...pod, name: `${long}${i}` })),
      rollout: rolloutFixture(),
    });
    const lines = text.split('\n');
    expect(lines.length).toBeLessThan(120);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(text).toContain('and 1,981 pods that are nearer to their service');
  });

  it('has something to say of a fleet without pods, events or SLAs', () => {
    const fleet = fleetFixture();
    const text = renderFleetReport({
      ...fleet,
      round: { ...fleet.round, targets: 0, merged: 0, late: 0 },
      overall: { service: '', pods: 0, events: [], recorded: 0, overwritten: 0 },
      services: [],
      pods: [],
      setAside: {},
      slaChanges: [],
      rollout: null,
    });
    expect(text).toContain('pods       0 of 0 services: 0 merged, none set aside');
    expect(text).toContain('All services (0 pods)\n  no events yet\n');
  });
});
