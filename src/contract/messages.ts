import type { WarningCode } from './errors.ts';
import type { EventCatalogue } from './events.ts';
import type { Options } from './options.ts';
import type { SlaChange } from './statistics.ts';

export type GaugeKind = 'queue' | 'memory';

/** What the worker thread is told about a ring besides its records. */
export type DirectoryEntry =
  | { readonly type: 'symbol'; readonly id: number; readonly name: string }
  | { readonly type: 'gauge'; readonly slot: number; readonly kind: GaugeKind; readonly name: string };

/** A ring as it is handed to the worker thread. */
export interface RingDescription {
  /** Unique within the process, from 1. */
  readonly number: number;
  readonly name: string;
  readonly shared: SharedArrayBuffer;
  readonly entries: readonly DirectoryEntry[];
  /** Whether the thread that wrote to it has ended: what is left in it is to be read, and then it is let go. */
  readonly isEnded: boolean;
}

/** What the worker thread starts with: the same after a restart, but for the rings and routes that came meanwhile. */
export interface WorkerStart {
  readonly catalogue: EventCatalogue;
  readonly state: SharedArrayBuffer;
  /** Constructor and environment; the options file lies above them. */
  readonly options: Options;
  /** What the process is called, resolved. */
  readonly instance: string;
  readonly rings: readonly RingDescription[];
  readonly routes: readonly string[];
  /** A rate that the application asked for, and that the options file has not overruled since. */
  readonly requestedRate: number | null;
  readonly restarts: number;
}

/** A request of the endpoint that the application answers. */
export interface RouteRequest {
  readonly path: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without the question mark. */
  readonly query: string;
  /** At most 64 KiB. */
  readonly body: string;
}

export interface RouteResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** From another application thread, on its own line, to the one of the aggregator. */
export type FromThread = DirectoryEntry | { readonly type: 'rate'; readonly rate: number };

/** From the application thread to the worker thread. */
export type ToWorker =
  | { readonly type: 'attach'; readonly ring: RingDescription }
  | { readonly type: 'detach'; readonly ring: number }
  | { readonly type: 'directory'; readonly ring: number; readonly entry: DirectoryEntry }
  | { readonly type: 'rate'; readonly rate: number }
  | { readonly type: 'route'; readonly path: string }
  | { readonly type: 'response'; readonly id: number; readonly response: RouteResponse }
  | { readonly type: 'stop' };

/** From the worker thread to the application thread. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'sla'; readonly kind: 'violation' | 'recovery'; readonly change: SlaChange }
  | { readonly type: 'warning'; readonly code: WarningCode; readonly message: string }
  | { readonly type: 'request'; readonly id: number; readonly request: RouteRequest }
  | { readonly type: 'detached'; readonly ring: number }
  /** The options file has set another sampling rate than the application asked for. */
  | { readonly type: 'rate-overruled' }
  | { readonly type: 'stopped' };
