import type { Target } from '../../contract/fleet.ts';
import type { Log } from '../log.ts';

/** Tells which processes there are to ask, now and whenever that changes. */
export interface Discovery {
  /** Resolves when it has looked for the first time, whether or not it found anything. */
  start(): Promise<void>;
  stop(): void;
}

export interface DiscoverySettings {
  /** Called with all of them, when they are first known and after each change. */
  readonly onTargets: (targets: readonly Target[]) => void;
  readonly log: Log;
}
