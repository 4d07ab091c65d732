import type { EventStatistics, HealthStatistics, Statistics } from '../contract/statistics.ts';
import { distribution, WINDOW_CHOICES, type WindowChoice } from './choices.ts';

export const HISTORY_SECONDS = 300;
/** Answers further apart than this leave a gap in the charts. */
const GAP_SECONDS = 3.5;
export const QUANTILE_KEYS = ['p50', 'p95', 'p99', 'p999'] as const;

/** One figure over time; null where there was none. */
export type Column = (number | null)[];

/** The columns of one event: four quantiles for each window, events and errors per second. */
export class EventHistory {
  readonly eventsPerSecond: Column;
  readonly errorsPerSecond: Column;
  readonly quantiles: Readonly<Record<WindowChoice, readonly Column[]>>;

  /** `length` samples passed before this event was seen. */
  constructor(length: number) {
    const column = (): Column => new Array<null>(length).fill(null);
    const four = () => QUANTILE_KEYS.map(column);
    this.eventsPerSecond = column();
    this.errorsPerSecond = column();
    this.quantiles = { '1s': four(), '5s': four(), '1m': four(), start: four() };
  }

  columns(): Column[] {
    const quantiles = WINDOW_CHOICES.flatMap((window) => this.quantiles[window]);
    return [this.eventsPerSecond, this.errorsPerSecond, ...quantiles];
  }
}

/** The figures of the last five minutes, as far as this page has seen them. */
export class History {
  /** Unix seconds. */
  readonly times: number[] = [];
  readonly events = new Map<string, EventHistory>();
  /** Seconds of stall and of garbage collection in each second, and records waiting in the rings. */
  readonly stall: Column = [];
  readonly gc: Column = [];
  readonly backlog: Column = [];
  private last: Statistics | undefined;

  add(stats: Statistics): void {
    const last = this.last;
    const now = stats.at / 1000;
    const lastTime = this.times.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (now <= lastTime - HISTORY_SECONDS) this.clear();
    else if (now <= lastTime) return;
    else if (now - lastTime > GAP_SECONDS && this.times.length > 0) this.addGap(lastTime + 1);
    const isSameRun = last !== undefined && last.startedAt === stats.startedAt && last.at < stats.at;
    const earlier = isSameRun ? last : undefined;
    const elapsed = earlier ? (stats.at - earlier.at) / 1000 : 0;

    for (const event of stats.events) {
      const past = earlier?.events.find(({ event: name }) => name === event.event);
      this.addEvent(event, past, elapsed);
    }
    this.stall.push(growth(stalled(stats.health), earlier && stalled(earlier.health), elapsed));
    this.gc.push(growth(collected(stats.health), earlier && collected(earlier.health), elapsed));
    this.backlog.push(stats.ring.rings.reduce((sum, { backlog }) => sum + backlog, 0));
    this.times.push(now);
    this.last = stats;
    this.level();
    this.trim(now - HISTORY_SECONDS);
  }

  private addEvent(event: EventStatistics, past: EventStatistics | undefined, elapsed: number): void {
    let columns = this.events.get(event.event);
    if (columns === undefined) {
      columns = new EventHistory(this.times.length);
      this.events.set(event.event, columns);
    }
    columns.eventsPerSecond.push(growth(event.count, past?.count, elapsed));
    columns.errorsPerSecond.push(growth(event.errors, past?.errors, elapsed));
    for (const window of WINDOW_CHOICES) {
      const { quantiles } = distribution(event, window);
      QUANTILE_KEYS.forEach((key, i) => {
        columns.quantiles[window][i]?.push(quantiles === null ? null : quantiles[key]);
      });
    }
  }

  private addGap(at: number): void {
    this.times.push(at);
    this.level();
  }

  /** Columns that got nothing at the last time, such as those of an event that is gone, get a null. */
  private level(): void {
    for (const column of this.columns()) while (column.length < this.times.length) column.push(null);
  }

  private trim(oldest: number): void {
    let surplus = 0;
    while ((this.times[surplus] ?? Number.POSITIVE_INFINITY) < oldest) surplus++;
    if (surplus > 0) for (const column of [this.times, ...this.columns()]) column.splice(0, surplus);
  }

  private clear(): void {
    for (const column of [this.times, ...this.columns()]) column.length = 0;
    this.last = undefined;
  }

  private columns(): Column[] {
    const events = [...this.events.values()].flatMap((event) => event.columns());
    return [this.stall, this.gc, this.backlog, ...events];
  }
}

/** How fast a total grew, per second; null where that is not known. */
function growth(total: number, earlier: number | undefined, elapsedSeconds: number): number | null {
  if (earlier === undefined || elapsedSeconds <= 0) return null;
  return Math.max(0, total - earlier) / elapsedSeconds;
}

function stalled({ stallSecondsTotal, stalls }: HealthStatistics): number {
  return stalls.reduce((sum, { seconds }) => sum + seconds, stallSecondsTotal);
}

function collected({ gc }: HealthStatistics): number {
  return gc.reduce((sum, { seconds }) => sum + seconds, 0);
}
