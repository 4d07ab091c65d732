import { type Clock, monotonicMillis } from '../../contract/clock.ts';
import { thrownText } from '../../contract/errors.ts';
import type { RolloutLog } from '../log.ts';
import { StoreConflict } from '../store/rollout-store.ts';
import type { Lease, LeaseRecord } from './lease.ts';

export interface LeadershipSettings {
  readonly lease: Lease;
  /** Of this process, and of no other that ever was. */
  readonly identity: string;
  readonly log: RolloutLog;
  readonly leaseMillis?: number;
  readonly clock?: Clock;
}

export const LEASE_MILLIS = 15_000;
/** How often a candidate looks: what a hand-over takes once the lease has been released. */
const LOOK_MILLIS = 1000;

/**
 * Leader election as client-go has it (tools/leaderelection): the lease is taken once it was seen unchanged for its time, by
 * the own monotonic clock, since clocks of machines differ. A holder renews three times in that time, and no longer leads
 * when it could not for two thirds of it, so that it stops before another can begin.
 */
export class Leadership {
  readonly identity: string;
  private readonly lease: Lease;
  private readonly log: RolloutLog;
  private readonly leaseMillis: number;
  private readonly clock: Clock;
  /** The last record, and when it was first seen. */
  private seen: LeaseRecord | undefined;
  private seenAt = 0;
  private leadsUntil = Number.NEGATIVE_INFINITY;
  private isToldLeader = false;
  private isFailing = false;
  private timer: NodeJS.Timeout | undefined;
  private step: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor({
    lease,
    identity,
    log,
    leaseMillis = LEASE_MILLIS,
    clock = monotonicMillis,
  }: LeadershipSettings) {
    this.lease = lease;
    this.identity = identity;
    this.log = log;
    this.leaseMillis = leaseMillis;
    this.clock = clock;
  }

  /** Asked before every act: a process that was stopped for a while no longer leads when it goes on. */
  isLeader(): boolean {
    return this.clock() < this.leadsUntil;
  }

  start(): void {
    this.step = this.run();
  }

  /** Releases the lease, so that another need not wait for its end. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.step;
    const { seen } = this;
    this.leadsUntil = Number.NEGATIVE_INFINITY;
    if (seen?.holder !== this.identity) return;
    try {
      await this.lease.write('', seen);
    } catch (error) {
      if (!(error instanceof StoreConflict)) {
        this.log.warn({ error: thrownText(error) }, 'the lease of the rollout was not released');
      }
    }
  }

  private async run(): Promise<void> {
    try {
      await this.renewOrLook();
      this.isFailing = false;
    } catch (error) {
      // A conflict is an answer: another was faster, or an own write went through whose answer was lost.
      if (error instanceof StoreConflict) await this.look().catch((next: unknown) => this.tell(next));
      else this.tell(error);
    }
    this.tellChange();
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.step = this.run();
    }, this.pauseMillis());
  }

  private async renewOrLook(): Promise<void> {
    const { seen } = this;
    const isFree =
      seen !== undefined && (seen.holder === '' || this.clock() - this.seenAt >= this.leaseMillis);
    if (seen === undefined || !(isFree || seen.holder === this.identity)) await this.look();
    else await this.write(seen);
  }

  private async look(): Promise<void> {
    const record = await this.lease.read();
    if (record.holder !== this.identity) this.leadsUntil = Number.NEGATIVE_INFINITY;
    if (record.version === this.seen?.version) return;
    this.seen = record;
    this.seenAt = this.clock();
    if (record.holder === '') await this.write(record);
  }

  private async write(seen: LeaseRecord): Promise<void> {
    // Counted from before the write: whoever sees it sees it later, and waits longer.
    const at = this.clock();
    this.seen = await this.lease.write(this.identity, seen);
    this.seenAt = at;
    this.leadsUntil = at + (this.leaseMillis * 2) / 3;
  }

  private pauseMillis(): number {
    const often = Math.min(LOOK_MILLIS, this.leaseMillis / 10);
    return this.isLeader() && !this.isFailing ? this.leaseMillis / 3 : often;
  }

  private tell(error: unknown): void {
    if (!this.isFailing) {
      this.log.warn(
        { error: thrownText(error) },
        'the lease of the rollout cannot be read or written; trying again',
      );
    }
    this.isFailing = true;
  }

  private tellChange(): void {
    const isLeader = this.isLeader();
    if (isLeader !== this.isToldLeader) {
      const { identity } = this;
      this.log.info({ identity }, isLeader ? 'leads the rollout' : 'no longer leads the rollout');
    }
    this.isToldLeader = isLeader;
  }
}
