import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FleetStatistics, PodFigures } from '../../../src/contract/fleet.ts';
import { type Evidence, freshEvidence, observed } from '../../../src/rollout/plan/evidence.ts';
import { fleetView } from '../../../src/rollout/plan/fleet-view.ts';
import { initialState } from '../../../src/rollout/plan/state.ts';
import { Course, START, specOf } from './course.ts';
import { SimulatedFleet, SimulatedPod } from './simulated-fleet.ts';

const STATUS = {
  ...initialState(START).status,
  step: 0,
  rates: [0.5],
  samplingRate: 0.5,
  generation: 3,
  phase: 'progressing' as const,
};

/** What happens to a pod within a second; work is in whole units, so that sums are exact. */
const second = fc.record({
  work: fc.nat(1000),
  lost: fc.nat(3),
  event: fc.constantFrom('work', 'work', 'work', 'restart', 'leave', 'return', 'set_aside', 'gone'),
});

/** A pod whose increases are summed by the book, beside what `observed` makes of its figures. */
class Model {
  readonly pod = new SimulatedPod('engine-0', START);
  isInStep = true;
  sums = [0, 0, 0, 0];
  seconds = 0;
  lost = 0;
  count = 0;
  /** In step when it was seen last, within the same run; and what it did since. */
  isContinued = false;
  /** Seen in this run at all. */
  isKnownRun = false;
  pending = { work: 0, lost: 0, seconds: 0 };
  private seenLost = 0;

  restart(now: number): void {
    this.pod.restart(now);
    this.isContinued = false;
    this.isKnownRun = false;
    this.pending = { work: 0, lost: 0, seconds: 0 };
    this.seenLost = 0;
  }

  work(work: number, lost: number): void {
    const { figures, counts } = this.pod;
    figures.cpuSeconds += work;
    figures.offered += work;
    figures.loopDelaySeconds += work;
    figures.loopBeats += work;
    figures.overwritten += lost;
    counts.count += work;
    this.pending.work += work;
    this.pending.lost += lost;
    this.pending.seconds += 1;
  }

  seen(): void {
    if (this.isInStep) {
      if (this.isContinued) {
        this.sums = this.sums.map((sum) => sum + this.pending.work);
        this.seconds += this.pending.seconds;
        this.count += this.pending.work;
      }
      this.lost += this.isKnownRun ? this.pending.lost : this.pod.figures.overwritten - this.seenLost;
    }
    this.isContinued = this.isInStep;
    this.isKnownRun = true;
    this.seenLost = this.pod.figures.overwritten;
    this.pending = { work: 0, lost: 0, seconds: 0 };
  }
}

function fleetOf(pods: readonly SimulatedPod[], now: number): FleetStatistics {
  const fleet = new SimulatedFleet(0, START);
  fleet.pods = [...pods];
  return fleet.statistics(now);
}

describe('observed', () => {
  it('adds only what pods did in step, through restarts and absences, as a model does', () => {
    fc.assert(
      fc.property(fc.array(second, { maxLength: 60, size: 'max' }), (seconds) => {
        const model = new Model();
        model.pod.options = { generation: 3, enabled: true, samplingRate: 0.5, control: [] };
        let evidence: Evidence = freshEvidence(STATUS);
        let now = START;
        for (const { work, lost, event } of seconds) {
          now += 1000;
          if (event === 'restart') model.restart(now);
          if (event === 'leave' || event === 'return') {
            model.isInStep = event === 'return';
            model.pod.adaptiveRate = model.isInStep ? null : 0.25;
          }
          model.work(work, lost);
          model.pod.isSetAside = event === 'set_aside';
          const view = fleetView(fleetOf(event === 'gone' ? [] : [model.pod], now), STATUS, now);
          if (view === null) throw new Error('no view');
          evidence = observed(evidence, STATUS, view);
          if (event === 'gone') model.isContinued = false;
          else if (event !== 'set_aside') model.seen();
        }
        const [pod] = evidence.pods;
        expect(pod?.sums ?? [0, 0, 0, 0]).toEqual(model.sums);
        expect(pod?.seconds ?? 0).toBe(model.seconds);
        expect(evidence.overwritten).toBe(model.lost);
        expect(evidence.events[0]?.[1] ?? 0).toBe(model.count);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('keeps the mean of the overhead by time, not by looks', () => {
    const pod = new SimulatedPod('engine-0', START);
    pod.options = { generation: 3, enabled: true, samplingRate: 0.5, control: [] };
    pod.startedAt -= 60_000;
    let evidence = freshEvidence(STATUS);
    for (const [at, overhead] of [
      [0, 0],
      [10, 0.02],
      [11, 0.5],
      [30, 0.02],
    ]) {
      pod.overhead = overhead;
      const now = START + at * 1000;
      const view = fleetView(fleetOf([pod], now), STATUS, now);
      if (view !== null) evidence = observed(evidence, STATUS, view);
    }
    const [{ overhead: total }] = evidence.pods;
    expect(total[0]).toBe(30);
    expect(total[1]).toBeCloseTo(10 * 0.02 + 0.5 + 19 * 0.02, 9);
  });

  it('believes no clock of a pod that the step was longer than it was', () => {
    const pod = new SimulatedPod('engine-0', START);
    pod.options = { generation: 3, enabled: true, samplingRate: 0.5, control: [] };
    let evidence = freshEvidence(STATUS);
    for (const [second, jump] of [
      [0, 0],
      [10, 0],
      [11, 56 * 365 * 86_400],
      [12, 0],
      [13, 0],
    ]) {
      const now = START + second * 1000;
      const fleet = fleetOf([pod], now);
      const pods = fleet.pods.map((item) => ({
        ...item,
        figures: item.figures && { ...item.figures, at: now + jump * 1000 },
      }));
      const view = fleetView({ ...fleet, pods }, STATUS, now);
      if (view !== null) evidence = observed(evidence, STATUS, view);
      expect(evidence.pods[0].seconds).toBeLessThanOrEqual(second);
    }
    expect(evidence.pods[0].seconds).toBe(12);
  });

  it('takes no figures that are no numbers', () => {
    const fleet = fleetOf([new SimulatedPod('engine-0', START)], START);
    const [pod] = fleet.pods;
    const figures = { ...pod.figures, cpuSeconds: Number.NaN } as PodFigures;
    const view = fleetView({ ...fleet, pods: [{ ...pod, figures }] }, STATUS, START);
    expect(view?.pods).toMatchObject([{ figures: null, lag: 'set aside: no figures yet' }]);
  });
});

describe('the evidence of a large fleet', () => {
  it('stays below 500 KB for 1,000 pods with 100 events, through a whole rollout with churn', () => {
    const events = Array.from({ length: 100 }, (_, i) => `some_event_of_a_trading_engine_${i}`);
    const course = new Course(
      1000,
      specOf(
        'steps: [{ samplingRate: 0.1, hold: 3s }, { samplingRate: 1, hold: 9s }]\nbaseline: { hold: 3s }',
      ),
    );
    const statistics = course.statistics.bind(course);
    course.statistics = () => {
      const fleet = statistics();
      const pods = (fleet?.pods ?? []).map((pod) => {
        const { figures } = pod;
        if (figures === null) return pod;
        const totals = { unit: 'seconds', objective: 0.99, minute: figures.events[0]?.minute };
        const many = events.map((event) => ({
          ...totals,
          event,
          count: figures.offered + 87_654_321,
          errors: 54_321,
          breaches: 654_321,
        }));
        return {
          ...pod,
          id: `0d3b1c5e-7a54-4f0c-9a57-${pod.name.padStart(12, '0')}`,
          name: `paper-trading-engine-6f9c7d5b8-${pod.name}`,
          figures: {
            ...figures,
            cpuSeconds: figures.cpuSeconds + 123_456.654321,
            events: many,
          } as PodFigures,
        };
      });
      return fleet && { ...fleet, pods };
    };
    let most = 0;
    let longest = 0;
    for (let i = 0; i < 25; i++) {
      if (i > 15) {
        course.fleet.pods.splice(0, 50);
        for (let k = 0; k < 50; k++) course.fleet.add(course.now);
      }
      const before = performance.now();
      course.tick();
      longest = Math.max(longest, performance.now() - before);
      most = Math.max(most, Buffer.byteLength(JSON.stringify(course.state.evidence)));
    }
    console.log(
      `evidence: at most ${most} bytes; the longest look took ${longest.toFixed(1)} ms with the simulation`,
    );
    expect(course.status.step).toBe(1);
    expect(most).toBeLessThan(500_000);
  });
});
