import { describe, expect, it } from 'vitest';
import type { FleetStatistics, ServiceStatistics } from '../../../src/contract/fleet.ts';
import type { Distribution } from '../../../src/contract/statistics.ts';
import { FleetHistoryStore } from '../../../src/fleet/history/fleet-history.ts';
import { START } from './minutes.ts';

const ignore = (): void => undefined;
const store = (): FleetHistoryStore =>
  new FleetHistoryStore({
    directory: null,
    intervalSeconds: 60,
    retentionDays: 30,
    maxMebibytes: 512,
    log: { info: ignore, warn: ignore, error: ignore },
  });

describe('the last 15 minutes', () => {
  const NONE: Distribution = {
    count: 0,
    errors: 0,
    breaches: 0,
    compliance: null,
    mean: null,
    min: null,
    max: null,
    quantiles: null,
  };
  function service(name: string, count: number): ServiceStatistics {
    const quantiles = { p50: 1, p95: 2, p99: 3, p999: 4 };
    const some: Distribution = { ...NONE, count, compliance: 0.5, quantiles };
    const event = { ...NONE, event: 'tick', unit: 'seconds', sla: null };
    const windows = { '1s': NONE, '5s': some, '1m': NONE };
    const idle = { ...event, event: 'idle', windows: { '1s': NONE, '5s': NONE, '1m': some } };
    return { service: name, pods: 1, events: [{ ...event, windows }, idle], recorded: 0, overwritten: 0 };
  }
  const statistics = (at: number, services = 1): FleetStatistics => ({
    at,
    startedAt: START,
    round: { rounds: 1, late: 0, durationSeconds: 0, lagSeconds: 0, targets: 0, merged: 0 },
    overall: service('', 5),
    services: Array.from({ length: services }, (_, i) => service(`s${i}`, 5)),
    pods: [],
    setAside: {},
    slaChanges: [],
  });
  const ats = (history: FleetHistoryStore) => history.history().seconds.map(({ at }) => (at - START) / 1e3);

  it('hold the 5 s windows of each second, of what happened', () => {
    const history = store();
    for (const second of [0, 1.02, 1.99, 3]) history.addRound(statistics(START + second * 1e3));
    expect(ats(history)).toEqual([0, 1.02, 1.99, 3]);
    const values = {
      event: 'tick',
      unit: 'seconds',
      count: 5,
      p50: 1,
      p95: 2,
      p99: 3,
      p999: 4,
      compliance: 0.5,
    };
    expect(history.history().seconds[0].events).toEqual([
      { service: '', ...values },
      { service: 's0', ...values },
    ]);
  });

  it('are at most 900 points, of 15 minutes at most, however often rounds come', () => {
    for (const step of [0.1, 0.5, 1, 1.3, 7]) {
      const history = store();
      for (let second = 0; second < 2000; second += step) history.addRound(statistics(START + second * 1e3));
      const points = ats(history);
      expect(points.length).toBeLessThanOrEqual(900);
      expect(points.length).toBeGreaterThan((0.95 * 600) / Math.max(1, step));
      expect(points[points.length - 1] - points[0]).toBeLessThan(900);
      expect(points[points.length - 1] - points[0]).toBeGreaterThan(600);
    }
  });

  it('are fewer points where there are very many events', () => {
    const history = store();
    for (let second = 0; second < 1000; second++) history.addRound(statistics(START + second * 1e3, 1000));
    const { seconds } = history.history();
    expect(seconds.reduce((sum, { events }) => sum + events.length, 0)).toBeLessThanOrEqual(75_000);
    expect(seconds.length).toBeGreaterThan(30);
    expect(seconds.at(-1)?.at).toBe(START + 999_000);
  });

  it('begin anew when the clock is set back', () => {
    const history = store();
    for (const second of [10, 11, 3, 4]) history.addRound(statistics(START + second * 1e3));
    expect(ats(history)).toEqual([3, 4]);
  });

  it('are handed out as they were then', () => {
    const history = store();
    history.addRound(statistics(START));
    const { seconds } = history.history();
    history.addRound(statistics(START + 1000));
    expect(seconds).toHaveLength(1);
  });
});
