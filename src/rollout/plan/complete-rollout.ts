import type { Draft } from './draft.ts';

/** All pods measure at the last step's rate. */
export function completeRollout(draft: Draft): void {
  draft.change({ phase: 'complete', control: [] });
}
