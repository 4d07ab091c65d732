import type { FleetStatistics, Target } from '../contract/fleet.ts';
import type { Minute } from './minute.ts';

/** The thread that asks the pods and merges, so that no client of the HTTP server can delay it. */
export interface MergeThreadStart {
  /** What an earlier process left (`FleetMerger.checkpoint`), or null. */
  readonly checkpoint: Uint8Array | null;
  readonly minuteMillis: number;
}

export type ToMergeThread =
  | { readonly type: 'targets'; readonly targets: readonly Target[] }
  /** Ends the round under way, sends a last minute, and lets the thread end. */
  | { readonly type: 'stop' };

export type FromMergeThread =
  | { readonly type: 'round'; readonly statistics: FleetStatistics; readonly digest: Uint8Array }
  | { readonly type: 'minute'; readonly minute: Minute; readonly checkpoint: Uint8Array }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: Readonly<Record<string, string | number>>;
      readonly message: string;
    }
  | { readonly type: 'stopped' };
