import { createHash } from 'node:crypto';
import type { ControlSpec } from '../../contract/rollout.ts';

/**
 * Which instances stay disabled: those of now while they live, vacancies filled in the order of a hash of their names, so that
 * the choice depends on nothing that the figures could depend on. Measured pods are always more: at most floor((n - 1) / 2).
 * Members beyond the size asked for stay, since each change makes every pod report anew, unless they are half of the pods.
 *
 * Fewer than two would tell nothing, so that then none is kept.
 *
 * `instances` holds one name for each pod that has told it; while others (`unnamed`) have not, a member may be one of them.
 */
export function controlCohort(
  { ratio, minPods }: ControlSpec,
  members: readonly string[],
  instances: readonly string[],
  unnamed = 0,
): readonly string[] {
  if (ratio === 0) return [];
  const living = new Set(instances);
  const most = Math.floor((instances.length + unnamed - 1) / 2);
  const mostNamed = Math.floor((instances.length - 1) / 2);
  const size = Math.min(mostNamed, Math.max(minPods, Math.round(ratio * instances.length)));
  const kept = unnamed > 0 ? members : members.filter((member) => living.has(member));
  const staying = kept.length > most ? byRank(kept).slice(0, Math.max(0, most)) : kept;
  const vacancies = size - staying.length;
  if (vacancies <= 0) return staying.length < 2 ? [] : staying.toSorted();
  const others = byRank([...living].filter((instance) => !staying.includes(instance)));
  const cohort = [...staying, ...others.slice(0, vacancies)];
  return cohort.length < 2 ? [] : cohort.sort();
}

function byRank(instances: readonly string[]): string[] {
  return instances
    .map((instance) => ({ instance, rank: createHash('sha256').update(instance).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
    .map(({ instance }) => instance);
}
