import type { SetAsideReason } from '../../contract/fleet.ts';

const WORDS: Readonly<Record<SetAsideReason, string>> = {
  timeout: 'no answer in time',
  unreachable: 'cannot be reached',
  http_status: 'answers with an error status',
  too_large: 'its answer is too large',
  not_a_snapshot: 'its answer is no digest',
  version: 'speaks another version of the format',
  truncated: 'its answer is cut short',
  trailing_bytes: 'its answer goes on after its end',
  limit: 'its answer exceeds a limit of the format',
  number: 'its answer holds an impossible number',
  order: 'its digest is out of order',
  name: 'its answer holds an invalid name',
  inconsistent: 'its figures contradict each other',
  implausible: 'its figures are not to be believed',
  went_backwards: 'its totals went backwards',
  stale: 'its worker thread commits no more',
  unit_conflict: 'records an event in another unit than the rest',
  too_many_events: 'has more events than are kept apart',
};

/** Why a pod is set aside, in words; the reason itself where this page is older than it. */
export function reasonInWords(reason: SetAsideReason | null): string {
  if (reason === null) return 'not yet merged';
  return Object.hasOwn(WORDS, reason) ? WORDS[reason] : reason;
}
