import type { Minute } from '../minute.ts';

/** What of a period there is. */
export interface CoverageSummary {
  readonly minutes: number;
  /** Share of the period's time, 0 to 1. */
  readonly ratio: number;
  /** Where at least half a minute is missing, by time. Unix milliseconds. */
  readonly gaps: readonly Gap[];
}

export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Adds up minutes that come by time. */
export class Coverage {
  private first: number | null = null;
  private last = 0;
  /** Of the minute added last. */
  private length = 0;
  private minutes = 0;
  private readonly gaps: Gap[] = [];
  private missing = 0;
  private readonly from: number | undefined;

  /** `from`: where the period begins; without, with the first minute. */
  constructor(from?: number) {
    this.from = from;
  }

  add({ from, to }: Minute): void {
    this.length = to - from;
    if (this.first === null) {
      this.first = from;
      this.last = Math.min(from, this.from ?? from);
    }
    this.miss(this.last, from);
    this.last = Math.max(this.last, to);
    this.minutes++;
  }

  /** Null without minutes. `to`: where the period ends; without, with the last minute. */
  summary(to?: number): (CoverageSummary & Gap) | null {
    if (this.first === null) return null;
    const from = Math.min(this.first, this.from ?? this.first);
    const end = Math.max(this.last, to ?? this.last);
    this.miss(this.last, end);
    this.last = end;
    const ratio = end > from ? 1 - this.missing / (end - from) : 1;
    return { from, to: end, minutes: this.minutes, ratio, gaps: this.gaps };
  }

  private miss(from: number, to: number): void {
    if (to <= from) return;
    this.missing += to - from;
    if (to - from >= this.length / 2) this.gaps.push({ from, to });
  }
}
