import type { DigestCentroids } from '../contract/snapshot.ts';

/** What is kept of a minute for good: minutes of a period can be merged, since their digests can. */
export interface Minute {
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly events: readonly MinuteEvent[];
}

export interface MinuteEvent {
  /** Never `''`: what all services did together is their merge. */
  readonly service: string;
  readonly event: string;
  readonly unit: string;
  readonly slaThreshold: number | null;
  readonly objective: number;
  /**
   * Increases of the totals within the minute, exact. Of a run that is older than the minute and was never seen before, its
   * own last minute: all that it did since its start did not happen in this one.
   */
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
  /** Of the 1 m windows of all pods at the end of the minute; empty when nothing happened. */
  readonly digest: DigestCentroids;
}
