import type { Condition, Metric, OverheadResult, Verdict } from '../phases.ts';

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
  reference: 'Reference work',
};

/** Where a figure is missing: no finite number. */
export const UNKNOWN = 'unknown';

export function percent(ratio: number, digits = 2): string {
  return Number.isFinite(ratio) ? fixed(100 * ratio, digits, ' %') : UNKNOWN;
}

export function fixed(value: number, digits: number, unit = ''): string {
  return Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : UNKNOWN;
}

/** What so many pairs can find, and decide. */
export function powerSentence({ power }: OverheadResult): string {
  const [at, fails, passes] = [power.at1_5Percent, power.fails1_5Percent, power.passes0_5Percent].map(
    (chance) => fixed(100 * chance, 0),
  );
  return `As many pairs as noisy as these tell a true ${percent(power.smallestFound)} of CPU time from nothing four times in five, and 1.5 % in ${at} of 100 runs; at 1.5 % this claim fails in ${fails} of 100 runs, at 0.5 % it passes in ${passes}.`;
}

/** What the worker thread takes by itself; empty where the system does not tell. */
export function workerSentence({ worker, off }: OverheadResult): string {
  if (worker === null) return '';
  const { steady, blocks } = worker;
  const list = (values: Readonly<Partial<Record<Condition, number>>>) =>
    (['10', '50', '100'] as const).map((rate) => fixed(values[rate] ?? Number.NaN, 1)).join(', ');
  return `Where measuring lasts, the worker thread takes ${list(steady)} µs of CPU time per request at 10, 50, 100 %, and ${fixed(steady.off, 1)} µs with it off: ${percent((steady['100'] - steady.off) / off.processMicros)} of the process more at 100 %. These stand in the process's CPU time for what it took within the blocks (${list(blocks)}, and ${fixed(blocks.off ?? Number.NaN, 1)} µs), as some of its work for a block falls between two.`;
}

/** What was taken out of the figures, and what they were with it. */
export function referenceSentence({ reference }: OverheadResult): string {
  const { micros, slopes, without } = reference;
  return `After each request comes a piece of reference work, ${fixed(micros, 0)} µs, the same under every condition and in none of these figures: how much slower it is in one block than in its neighbours is what the machine did, and is taken out, times ${fixed(slopes.mainMicros, 2)} for the main thread, ${fixed(slopes.processMicros, 2)} for the process and ${fixed(slopes.p50Millis, 2)} for latencies. With it left in, the process at 100 % would read ${percent(without.estimate)} (${percent(without.low)} to ${percent(without.high)}).`;
}
