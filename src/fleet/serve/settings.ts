import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { FleetHistory } from '../../contract/fleet.ts';
import type { RolloutHandle } from '../../contract/rollout.ts';

export interface FleetServerSettings {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly log: Logger;
  /** What a request that changes something must carry; null: such requests are refused. */
  readonly token: string | null;
  /** The token now, where it can change. */
  currentToken?(): Promise<string | null>;
  /** Null where there is no rollout. */
  readonly rollout: RolloutHandle | null;
  history(): FleetHistory;
  /** Dumps of the history since the process started. */
  dumps(): DumpCounts;
  /** Holds the families of the rollout besides. */
  readonly registry: Registry;
  /** The live page, one HTML file. */
  readonly pagePath: URL;
}

export interface DumpCounts {
  readonly written: number;
  readonly failed: number;
}
