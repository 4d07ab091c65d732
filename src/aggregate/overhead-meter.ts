import type { RingView } from '../state/ring-view.ts';
import {
  AGGREGATE_RATIO,
  AGGREGATE_SECONDS,
  COST_RECORDED,
  COST_SKIPPED,
  EVENTS_PER_SECOND,
  KEEP_BREACHES,
  RECORD_RATIO,
  RECORD_SECONDS,
} from '../state/state-layout.ts';

/** Figures are means over about this long. */
const HORIZON_MILLIS = 10_000;
const SAMPLE_MILLIS = 1000;

/** What the rings have counted since the tick before. */
export interface Progress {
  readonly now: number;
  /** Records read, of the ring that read the most, and of all. */
  readonly busiestRecords: number;
  readonly records: number;
  /** Estimated true events. */
  readonly events: number;
}

/**
 * The library's own cost. Recording: the calibrated price of an event times the events. Aggregation: the CPU time of the
 * worker thread. Both also as a share of one core, over the last ten seconds.
 */
export class OverheadMeter {
  /** Share of its thread that recording takes in the busiest one, over the last second or so. */
  recentRecordRatio = 0;
  private readonly cpuSeconds: () => number;
  private cpuBefore: number;
  private readonly samples: { at: number; record: number; aggregate: number; events: number }[] = [];
  private busiest = 0;
  private events = 0;

  constructor(cpuSeconds: () => number) {
    this.cpuSeconds = cpuSeconds;
    this.cpuBefore = cpuSeconds();
  }

  /** Brings the process slots of a bank up to date. */
  update(process: Float64Array, progress: Progress, view: RingView | undefined): void {
    const recorded = view?.recordedEventSeconds ?? 0;
    const skipped = view?.skippedEventSeconds ?? 0;
    // An event that is kept if it turns out to be a breach costs its clock reads, recorded or not.
    const unrecorded = process[KEEP_BREACHES] === 1 ? recorded : skipped;
    const skippedEvents = Math.max(0, progress.events - progress.records);
    process[COST_RECORDED] = recorded;
    process[COST_SKIPPED] = skipped;
    process[RECORD_SECONDS] =
      process[RECORD_SECONDS] + progress.records * recorded + skippedEvents * unrecorded;
    this.events += progress.events;
    this.busiest += progress.busiestRecords * recorded;
    this.sample(process, progress.now);
  }

  private sample(process: Float64Array, now: number): void {
    const { samples } = this;
    const last = samples.at(-1);
    if (last !== undefined && now - last.at < SAMPLE_MILLIS) return;
    // Asking the system for a thread's CPU time costs more than reading a ring: once a second is enough.
    const cpu = this.cpuSeconds();
    process[AGGREGATE_SECONDS] = process[AGGREGATE_SECONDS] + cpu - this.cpuBefore;
    this.cpuBefore = cpu;
    const record = process[RECORD_SECONDS];
    const aggregate = process[AGGREGATE_SECONDS];
    samples.push({ at: now, record, aggregate, events: this.events });
    if (last !== undefined) this.recentRecordRatio = (this.busiest * 1e3) / (now - last.at);
    this.busiest = 0;
    while (samples.length > 2 && now - (samples[1]?.at ?? now) >= HORIZON_MILLIS) samples.shift();
    const first = samples[0];
    if (first === undefined || first.at === now) return;
    const seconds = (now - first.at) / 1e3;
    process[RECORD_RATIO] = (record - first.record) / seconds;
    process[AGGREGATE_RATIO] = (aggregate - first.aggregate) / seconds;
    process[EVENTS_PER_SECOND] = (this.events - first.events) / seconds;
  }
}
