import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlCohort } from '../../../src/rollout/plan/control-cohort.ts';

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 60 });
const spec = fc.record({
  ratio: fc.double({ min: 0, max: 0.5, noNaN: true }),
  minPods: fc.integer({ min: 2, max: 8 }),
});
const of = (n: number): string[] => Array.from({ length: n }, (_, i) => `engine-${i}`);

describe('controlCohort', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [5, 2],
    [10, 2],
    [20, 2],
    [35, 4],
    [500, 50],
  ])('of %d pods at a ratio of 0.1 and two at least keeps %d', (pods, size) => {
    expect(controlCohort({ ratio: 0.1, minPods: 2 }, [], of(pods))).toHaveLength(size);
  });

  it('keeps members that pods which have not told their name yet may be', () => {
    const spec = { ratio: 0.1, minPods: 3 };
    const members = controlCohort(spec, [], of(12));
    const others = of(12).filter((instance) => !members.includes(instance));
    expect(controlCohort(spec, members, others.slice(0, 3), 9)).toEqual(members);
    expect(controlCohort(spec, members, others)).not.toEqual(expect.arrayContaining([...members]));
  });

  it('keeps none at a ratio of 0', () => {
    expect(controlCohort({ ratio: 0, minPods: 2 }, ['engine-1'], of(20))).toEqual([]);
  });

  it('is the same whatever the order of pods, and of living pods that are fewer than half', () => {
    fc.assert(
      fc.property(spec, names, fc.array(fc.nat(80)), (control, instances, picks) => {
        const members = [...new Set(picks.map((i) => instances[i] ?? `gone-${i}`))];
        const cohort = controlCohort(control, members, instances);
        expect(controlCohort(control, members.toReversed(), instances.toReversed())).toEqual(cohort);
        expect(cohort.every((instance) => instances.includes(instance))).toBe(true);
        expect(cohort.length * 2).toBeLessThanOrEqual(Math.max(0, instances.length - 1));
        expect(controlCohort(control, cohort, instances)).toEqual(cohort);
      }),
      { seed: 6 },
    );
  });

  it('keeps those who live and fills only vacancies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 60 }), fc.nat(59), (pods, gone) => {
        const control = { ratio: 0.2, minPods: 2 };
        const before = controlCohort(control, [], of(pods));
        const left = of(pods).filter((_, i) => i !== gone);
        const after = controlCohort(control, before, left);
        const staying = before.filter((instance) => left.includes(instance));
        expect(after).toEqual(expect.arrayContaining(staying));
        expect(after.length).toBeLessThanOrEqual(before.length);
      }),
      { seed: 7 },
    );
  });
});
