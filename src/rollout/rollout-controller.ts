import { randomUUID } from 'node:crypto';
import { PerfMetricsError, thrownText } from '../contract/errors.ts';
import type { FleetStatistics } from '../contract/fleet.ts';
import type {
  RequestVerb,
  RolloutDecision,
  RolloutHandle,
  RolloutSpec,
  RolloutStatus,
} from '../contract/rollout.ts';
import { awaitAnswer, rowsOf } from './await-answer.ts';
import { disablingDocument } from './disabling-document.ts';
import type { Leadership } from './leadership/leadership.ts';
import type { RolloutLog } from './log.ts';
import { type Decided, decide } from './plan/decide.ts';
import { optionsDocument } from './plan/options-document.ts';
import { isSwitchedOff, parseRolloutSpec } from './plan/spec.ts';
import { initialState, parseRolloutState, type RolloutState } from './plan/state.ts';
import { QUERY_MILLIS, QueryRunner } from './query-runner.ts';
import { isMaterialChange } from './status-change.ts';
import {
  type RolloutStore,
  StateDamaged,
  StoreConflict,
  type StoredOptions,
  type StoredState,
  storeError,
} from './store/rollout-store.ts';

export interface RolloutControllerSettings {
  readonly store: RolloutStore;
  readonly leadership: Leadership;
  readonly fleet: () => FleetStatistics | null;
  readonly log: RolloutLog;
  /** Tells Kubernetes of a decision; may reject, which is logged. */
  readonly announce?: (decision: RolloutDecision) => Promise<void>;
  /** Unix milliseconds. */
  readonly wallClock?: () => number;
  readonly tickMillis?: number;
  readonly queryMillis?: number;
}

const TICK_MILLIS = 1000;
/** Figures that decide nothing by themselves are stored this often: what a crash loses of them. */
const FLUSH_MILLIS = 10_000;
const MAX_PAUSE_MILLIS = 15_000;
/** However long the store takes: a process that is told to end has to. */
const STOP_MILLIS = 5000;
/** A store that cannot be written to for a long time must not fill the memory. */
const MAX_TRIED = 100;

/** The state as decided, and as stored. */
interface Kept {
  readonly state: RolloutState;
  readonly version: string;
  readonly status: string | null;
  readonly storedAt: number;
}

/**
 * Carries a rollout: reads, decides (`decide`), stores, and makes the options file what the status says, in this order, once
 * a second. What was decided counts once it is stored, by compare-and-swap, and is told of only then; the options file
 * derives from the status alone. So whoever goes on after a crash, wherever it was, finds a decision whole or not at all,
 * and mends the options file. Where it does not lead it reads the status, for those who ask.
 */
export class RolloutController implements RolloutHandle {
  /** Since the process started, for the metrics. */
  readonly decisions = new Map<RolloutDecision['decision'], number>();
  storeErrors = 0;
  private readonly store: RolloutStore;
  private readonly leadership: Leadership;
  private readonly fleet: () => FleetStatistics | null;
  private readonly log: RolloutLog;
  private readonly announce: ((decision: RolloutDecision) => Promise<void>) | undefined;
  private readonly wallClock: () => number;
  private readonly tickMillis: number;
  private readonly queries: QueryRunner;
  private kept: Kept | null = null;
  private spec: { readonly text: string | null; readonly parsed: RolloutSpec | PerfMetricsError } | undefined;
  /** Whether the last tick led: who begins to writes first, so that no write of a predecessor can follow. */
  private isLeading = false;
  /** Decisions whose storing failed, or so it seemed: they are told of if they are read. */
  private tried: readonly RolloutDecision[] = [];
  /** When this leader first found that there is no state; null while there is one. */
  private anewSince: number | null = null;
  /** Ticks in a row that failed. */
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private isAskedAgain = false;
  private isStopped = false;

  constructor(settings: RolloutControllerSettings) {
    this.store = settings.store;
    this.leadership = settings.leadership;
    this.fleet = settings.fleet;
    this.log = settings.log;
    this.announce = settings.announce;
    this.wallClock = settings.wallClock ?? Date.now;
    this.tickMillis = settings.tickMillis ?? TICK_MILLIS;
    this.queries = new QueryRunner(settings.queryMillis ?? QUERY_MILLIS);
  }

  start(): void {
    this.leadership.start();
    this.wake();
  }

  /** Ends the tick under way, stores what is not yet, and hands the lease over, unless that takes longer than 5 s. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    const { promise: end, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), STOP_MILLIS);
    const isEnded = await Promise.race([this.end().then(() => true), end]);
    clearTimeout(timer);
    if (!isEnded) {
      this.log.warn({}, 'the store of the rollout hangs: the lease was not released, and runs out by itself');
    }
  }

  private async end(): Promise<void> {
    await this.running;
    await this.flush().catch((error: unknown) => {
      this.log.warn({ error: thrownText(error) }, 'the last figures of the rollout were not stored');
    });
    await this.leadership.stop();
  }

  status(): RolloutStatus | null {
    return this.kept?.status == null ? null : this.kept.state.status;
  }

  isLeader(): boolean {
    return this.leadership.isLeader();
  }

  async request(verb: RequestVerb, by: string): Promise<void> {
    const request = { id: randomUUID(), verb, by, at: this.wallClock() };
    let before: ReadonlySet<string>;
    try {
      before = await rowsOf(this.store);
      await this.store.writeRequest(request);
    } catch (error) {
      throw storeError(`${verb} was not stored, and so will not happen: ${thrownText(error)}`, error);
    }
    this.wake();
    const { stored } = await awaitAnswer(this.store, request, before);
    // So that who looks next sees it. A leader knows already.
    if (!this.leadership.isLeader()) this.adopt(stored);
  }

  /** Ticks now; after the tick under way, if there is one. */
  private wake(): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    if (this.running === null) this.running = this.run();
    else this.isAskedAgain = true;
  }

  private async run(): Promise<void> {
    this.isAskedAgain = false;
    const isWell = await this.guarded();
    this.running = null;
    if (this.isStopped) return;
    const pause = isWell ? this.tickMillis : Math.min(MAX_PAUSE_MILLIS, this.tickMillis * 2 ** this.failures);
    this.timer = setTimeout(() => this.wake(), this.isAskedAgain && isWell ? 0 : pause);
  }

  /** A failure holds everything: nothing was decided. It is told of once, until a tick succeeds. */
  private async guarded(): Promise<boolean> {
    try {
      await this.tick();
      if (this.failures > 0) this.log.info({ failures: this.failures }, 'the rollout goes on');
      this.failures = 0;
      return true;
    } catch (error) {
      if (error instanceof StoreConflict) {
        // Another leader, or a request that came in between: the next tick reads again. No failure.
        this.isLeading = false;
        return true;
      }
      this.storeErrors++;
      if (this.failures++ === 0) {
        this.log.warn({ error: thrownText(error) }, 'the rollout holds, and tries again');
      }
      return false;
    }
  }

  private async tick(): Promise<void> {
    if (!this.leadership.isLeader()) {
      this.isLeading = false;
      this.anewSince = null;
      const state = this.adoptWhole(await this.readState());
      if (state instanceof StateDamaged) throw state;
      return;
    }
    const [specText, read, options] = await Promise.all([
      this.store.readSpec(),
      this.readState(),
      this.store.readOptions(),
    ]);
    const state = this.adoptWhole(read);
    if (read instanceof StateDamaged || state instanceof StateDamaged) {
      await this.switchOff(specText, options);
      throw state;
    }
    const spec = this.parsedSpec(specText);
    const now = this.wallClock();
    const request = this.wanted(read, now);
    const fleet = this.fleet();
    const judged = spec instanceof PerfMetricsError ? state.evidence.spec : spec;
    if (judged !== null) this.ask(judged, state.status, fleet, now);
    const queries = this.queries.answers();
    const isOff = spec instanceof PerfMetricsError && specText !== null && isSwitchedOff(specText);
    const decided = decide({
      spec,
      isSwitchedOff: isOff,
      state,
      fleet,
      queries,
      request,
      now,
    });
    const isDone = request === null || request.id === decided.state.status.answeredRequest;
    await this.keep(decided, now, isDone ? read.request : null);
    await this.publish(options);
  }

  private async readState(): Promise<StoredState | StateDamaged> {
    try {
      return await this.store.readState();
    } catch (error) {
      if (error instanceof StateDamaged) return error;
      throw error;
    }
  }

  /** A damaged one is no status. */
  private adoptWhole(read: StoredState | StateDamaged): RolloutState | StateDamaged {
    try {
      if (!(read instanceof StateDamaged)) return this.adopt(read).state;
      this.kept = null;
      return read;
    } catch (error) {
      if (!(error instanceof StateDamaged)) throw error;
      this.kept = null;
      return error;
    }
  }

  /** The master switch works without a state as well: pods are disabled, and that is all that can be said. */
  private async switchOff(specText: string | null, { text, version }: StoredOptions): Promise<void> {
    const document = specText !== null && isSwitchedOff(specText) ? disablingDocument(text) : null;
    if (document === null || !this.leadership.isLeader()) return;
    await this.store.writeOptions(document, version);
    this.log.warn(
      {},
      `the spec says enabled: false, so every pod was disabled, though the state is damaged; delete ${this.store.stateSource}, and the rollout begins anew`,
    );
  }

  /** A request from before there was no state asked for something else than a rollout that begins anew. */
  private wanted({ status, request }: StoredState, now: number): StoredState['request'] {
    this.anewSince = status === null ? (this.anewSince ?? now) : null;
    const isOutdated = this.anewSince !== null && request !== null && request.at < this.anewSince;
    return isOutdated ? null : request;
  }

  /** What was decided here and not yet stored stands, unless somebody else has written. */
  private adopt(stored: StoredState): Kept {
    const { status, evidence, version } = stored;
    const { kept } = this;
    // The status says when it was made, and evidence is written with it.
    const isOwn = kept !== null && kept.status === status;
    const now = this.wallClock();
    this.kept = isOwn
      ? { ...kept, version }
      : { state: this.stateOf(status, evidence, now), version, status, storedAt: now };
    this.tellTried(this.kept.state.status);
    return this.kept;
  }

  private stateOf(status: string | null, evidence: string | null, now: number): RolloutState {
    if (status === null) return initialState(now);
    try {
      return parseRolloutState(status, evidence);
    } catch (error) {
      throw new StateDamaged(`${thrownText(error)} (${this.store.stateSource})`, error);
    }
  }

  /** A write may succeed whose answer is lost. */
  private tellTried({ decisions }: RolloutStatus): void {
    if (this.tried.length === 0) return;
    const rows = new Set(decisions.map((row) => JSON.stringify(row)));
    const stored = this.tried.filter((row) => rows.has(JSON.stringify(row)));
    this.tried = this.tried.filter((row) => !stored.includes(row));
    for (const decision of stored) this.tell(decision);
  }

  private parsedSpec(text: string | null): RolloutSpec | PerfMetricsError {
    if (this.spec?.text !== text || this.spec === undefined) {
      this.spec = { text, parsed: parsedSpec(text, this.store.specSource) };
    }
    return this.spec.parsed;
  }

  private ask(
    spec: RolloutSpec,
    { stepSince, heldSince, control }: RolloutStatus,
    fleet: FleetStatistics | null,
    now: number,
  ): void {
    const instances = (fleet?.pods ?? []).flatMap(({ figures }) => figures?.instance ?? []);
    const measured = instances.filter((instance) => !control.includes(instance));
    this.queries.ask(spec.gates.queries, { stepSince, now, measured, control }, heldSince);
  }

  private async keep(
    { state, decisions }: Decided,
    now: number,
    done: StoredState['request'],
  ): Promise<void> {
    const kept = this.kept;
    if (kept === null) return;
    const isFirst = !this.isLeading || kept.status === null;
    const isDue = now - kept.storedAt >= FLUSH_MILLIS || now < kept.storedAt;
    if (isFirst || isDue || decisions.length > 0 || isMaterialChange(kept.state.status, state.status)) {
      await this.write({ state, decisions }, kept.version, now, done);
    } else {
      this.kept = { ...kept, state };
    }
  }

  /** And tells of what was decided. */
  private async write(
    { state, decisions }: Decided,
    version: string,
    now: number,
    done: StoredState['request'] = null,
  ): Promise<void> {
    // Reading took its time, during which this process may have slept and another begun to lead.
    if (!this.leadership.isLeader())
      throw new StoreConflict('the lease was lost before the state was stored');
    const status = JSON.stringify(state.status);
    const evidence = JSON.stringify(state.evidence);
    this.tried = [...this.tried, ...decisions].slice(-MAX_TRIED);
    const written = await this.store.writeState(status, evidence, version, done);
    // What was tried before on this version can no longer succeed.
    this.tried = [];
    this.kept = { state, version: written, status, storedAt: now };
    this.isLeading = true;
    for (const decision of decisions) this.tell(decision);
  }

  private async publish({ text, version }: StoredOptions): Promise<void> {
    if (this.kept === null) return;
    const { status } = this.kept.state;
    const document = optionsDocument(status);
    if (text === document) return;
    if (!this.leadership.isLeader())
      throw new StoreConflict('the lease was lost before the options were stored');
    await this.store.writeOptions(document, version);
    const { generation, samplingRate } = status;
    this.log.info({ generation, samplingRate }, 'the options file of the pods was written');
  }

  private tell(decision: RolloutDecision): void {
    const { decision: what, from, to, by, reason } = decision;
    this.decisions.set(what, (this.decisions.get(what) ?? 0) + 1);
    this.log[what === 'roll_back' ? 'warn' : 'info']({ decision: what, from, to, by }, `rollout: ${reason}`);
    this.announce?.(decision).catch((error: unknown) => {
      this.log.warn({ error: thrownText(error) }, 'Kubernetes was not told of a decision of the rollout');
    });
  }

  private async flush(): Promise<void> {
    const { kept } = this;
    // Failing already: what ends need not wait for it.
    if (this.failures > 0 || kept === null || !this.isLeading || !this.leadership.isLeader()) return;
    await this.write({ state: kept.state, decisions: [] }, kept.version, this.wallClock());
  }
}

function parsedSpec(text: string | null, source: string): RolloutSpec | PerfMetricsError {
  if (text === null) return new PerfMetricsError('PERF_ROLLOUT_SPEC', `there is no spec: write ${source}`);
  try {
    return parseRolloutSpec(text, source);
  } catch (error) {
    if (error instanceof PerfMetricsError) return error;
    throw error;
  }
}
