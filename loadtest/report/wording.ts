import type { Condition, Metric, Verdict } from '../phases.ts';

/** As the end of a sentence that begins with what was judged. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  pass: 'passed',
  fail: 'FAILED',
  undecided: 'is undecided',
  void: 'is void: its figures are worth nothing',
};

/** What a condition is called in tables and legends. */
export const CONDITION_NAMES: Readonly<Record<Condition, string>> = {
  off: 'off',
  off_again: 'off again (A/A)',
  '10': '10 %',
  '50': '50 %',
  '100': '100 %',
  burn: 'off, burn of 3 %',
};

export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  cpu_main: 'CPU time, main thread',
  cpu_process: 'CPU time, whole process',
  latency_p50: 'Latency, P50',
  latency_p99: 'Latency, P99',
};

/** Where a figure is missing: no finite number. */
export const UNKNOWN = 'unknown';

export function percent(ratio: number, digits = 2): string {
  return Number.isFinite(ratio) ? fixed(100 * ratio, digits, ' %') : UNKNOWN;
}

export function fixed(value: number, digits: number, unit = ''): string {
  return Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : UNKNOWN;
}
