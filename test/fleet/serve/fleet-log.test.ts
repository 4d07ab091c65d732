import { describe, expect, it } from 'vitest';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import { FleetLog } from '../../../src/fleet/serve/fleet-log.ts';
import { fleetFixture, largeFleetFixture, SET_ASIDE } from './fixture.ts';
import { type LogLine, recordedLog } from './serving.ts';

const WARN = 40;

/** The lines of each round. */
function told(...rounds: readonly FleetStatistics[]): LogLine[][] {
  const { log, lines } = recordedLog();
  const changes = new FleetLog(log);
  return rounds.map((statistics) => {
    changes.observe(statistics);
    return lines.splice(0);
  });
}

function withState(name: string, state: 'merged' | 'set_aside'): FleetStatistics {
  const fleet = fleetFixture();
  const reason = state === 'merged' ? null : 'version';
  return { ...fleet, pods: fleet.pods.map((pod) => (pod.name === name ? { ...pod, state, reason } : pod)) };
}

describe('the log of the fleet', () => {
  it('tells of each pod once, not each round, and of SLAs over the minute', () => {
    const [first, second] = told(fleetFixture(300), fleetFixture(301));
    expect(first?.filter(({ msg }) => msg === 'pod is merged')).toHaveLength(11);
    const aside = first?.filter(({ msg }) => msg === 'pod is set aside');
    expect(aside).toEqual([
      expect.objectContaining({ level: WARN, pod: SET_ASIDE.name, service: 'pricing', reason: 'timeout' }),
    ]);
    const slas = first
      ?.filter(({ msg }) => msg.startsWith('SLA'))
      .map(({ level, window, msg }) => [level, window, msg]);
    expect(slas).toEqual([[WARN, '1m', 'SLA of the fleet is broken']]);
    expect(second).toEqual([]);
  });

  it('tells of a pod that is set aside, merged again, gone and back', () => {
    const fleet = fleetFixture();
    const without = { ...fleet, pods: fleet.pods.filter(({ name }) => name !== 'trading-7f9c-2') };
    const rounds = told(fleet, withState('trading-7f9c-2', 'set_aside'), fleet, without, without, fleet);
    expect(rounds.slice(1).map((lines) => lines.map(({ pod, msg }) => [pod, msg]))).toEqual([
      [['trading-7f9c-2', 'pod is set aside']],
      [['trading-7f9c-2', 'pod is merged']],
      [['trading-7f9c-2', 'pod is gone']],
      [],
      [['trading-7f9c-2', 'pod is merged']],
    ]);
  });

  it('tells of an SLA change when it is new, whatever else the list holds', () => {
    const fleet = fleetFixture();
    const [newest] = fleet.slaChanges;
    if (newest === undefined) throw new Error('the fixture has no SLA change');
    const later = { ...newest, at: newest.at + 2000, kind: 'recovery' as const, window: '1m' as const };
    const dropped = { ...fleet, slaChanges: [later, ...fleet.slaChanges.slice(0, 2)] };
    const [, changed, same] = told(fleet, dropped, dropped);
    expect(changed?.map(({ msg }) => msg)).toEqual(['SLA of the fleet is kept again']);
    expect(same).toEqual([]);
  });

  it('writes at most twenty lines a round, then a count', () => {
    const [first] = told(largeFleetFixture(1000));
    expect(first).toHaveLength(21);
    expect(first?.at(-1)).toMatchObject({ level: 30, more: 1012 + 1 - 20 });
  });
});
