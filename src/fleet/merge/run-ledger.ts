import {
  DEPARTED_MILLIS,
  MAX_DEPARTED_BYTES,
  MAX_DEPARTED_RUNS,
  MAX_DEPARTED_RUNS_OF_TARGET,
  MAX_FOLDED_EVENTS,
  MAX_FOLDED_RUNS,
  MAX_FOLDED_RUNS_OF_TARGET,
} from './limits.ts';
import type { Run } from './run.ts';

/**
 * The runs that are gone. For ten minutes one is kept whole, since a network that comes back brings it back; then it is
 * folded into the retired digests and only its counts are kept, so that even later nothing of it counts twice. A folded
 * run that was forgotten for want of room (10,000 later ones) would count again.
 */
export class RunLedger {
  // Both in the order in which the runs came: the oldest first.
  private readonly departed = new Map<string, Run>();
  private readonly folded = new Map<string, Run>();
  private readonly runsOfTarget = new Map<string, { departed: number; folded: number }>();
  private departedBytes = 0;
  private foldedEvents = 0;

  /** Those that are whole. */
  get departedRuns(): Iterable<Run> {
    return this.departed.values();
  }

  get foldedRuns(): Iterable<Run> {
    return this.folded.values();
  }

  /** The run out of the ledger, to go on; undefined when it is not known. */
  takeBack(id: string, startedAt: number): Run | undefined {
    const run = this.find(id, startedAt);
    if (run !== undefined) this.remove(run);
    return run;
  }

  find(id: string, startedAt: number): Run | undefined {
    const key = keyOf(id, startedAt);
    return this.departed.get(key) ?? this.folded.get(key);
  }

  depart(run: Run, now: number): void {
    run.departedAt = now;
    this.add(run);
    const { departed } = this.count(run.id);
    if (departed > MAX_DEPARTED_RUNS_OF_TARGET) this.foldOldest(run.id);
    while (this.departed.size > MAX_DEPARTED_RUNS || this.departedBytes > MAX_DEPARTED_BYTES)
      this.foldOldest();
  }

  /** Of a checkpoint: with its state as it is. */
  add(run: Run): void {
    for (const event of run.events.values()) event.merged.isPastChanged = true;
    const count = this.count(run.id);
    if (run.isFolded) {
      for (const event of run.events.values()) event.leaveMinute();
      this.folded.set(keyOf(run.id, run.startedAt), run);
      count.folded++;
      this.foldedEvents += run.events.size;
      this.forgetBeyondLimits(run.id);
    } else {
      this.departed.set(keyOf(run.id, run.startedAt), run);
      count.departed++;
      this.departedBytes += run.bytes;
    }
  }

  /** Folds what was gone for ten minutes. */
  expire(now: number): void {
    for (const run of this.departed.values()) {
      if (now - run.departedAt < DEPARTED_MILLIS) return;
      this.fold(run);
    }
  }

  private fold(run: Run): void {
    this.remove(run);
    run.fold();
    this.add(run);
  }

  private foldOldest(id?: string): void {
    const run = oldest(this.departed, id);
    if (run !== undefined) this.fold(run);
  }

  private forgetBeyondLimits(id: string): void {
    if (this.count(id).folded > MAX_FOLDED_RUNS_OF_TARGET) this.forget(oldest(this.folded, id));
    while (this.folded.size > MAX_FOLDED_RUNS || this.foldedEvents > MAX_FOLDED_EVENTS) {
      this.forget(oldest(this.folded));
    }
  }

  private forget(run: Run | undefined): void {
    if (run !== undefined) this.remove(run);
  }

  private remove(run: Run): void {
    const key = keyOf(run.id, run.startedAt);
    const count = this.count(run.id);
    if (this.departed.delete(key)) {
      count.departed--;
      this.departedBytes -= run.bytes;
      for (const event of run.events.values()) event.merged.isPastChanged = true;
    } else if (this.folded.delete(key)) {
      count.folded--;
      this.foldedEvents -= run.events.size;
    }
    if (count.departed === 0 && count.folded === 0) this.runsOfTarget.delete(run.id);
  }

  private count(id: string): { departed: number; folded: number } {
    let count = this.runsOfTarget.get(id);
    if (count === undefined) {
      count = { departed: 0, folded: 0 };
      this.runsOfTarget.set(id, count);
    }
    return count;
  }
}

function oldest(runs: ReadonlyMap<string, Run>, id?: string): Run | undefined {
  for (const run of runs.values()) if (id === undefined || run.id === id) return run;
  return undefined;
}

function keyOf(id: string, startedAt: number): string {
  return `${startedAt} ${id}`;
}
