import type {
  Comparison,
  Control,
  LoadTestResult,
  OverheadResult,
  RolloutRun,
  SlaResult,
  StressResult,
} from '../phases.ts';
import {
  CONDITION_NAMES,
  fixed,
  METRIC_NAMES,
  percent,
  powerSentence,
  referenceSentence,
  VERDICTS,
  workerSentence,
} from './wording.ts';

/** What a person reads first, in Markdown that is plain text as well. */
export function markdown(result: LoadTestResult): string {
  const { machine, overhead, rollouts, sla, stress } = result;
  const seconds = Math.round((result.endedAt - result.beganAt) / 1e3);
  return `${[
    `# The load test ${VERDICTS[result.verdict]}`,
    `${result.isQuick ? 'A quick run' : 'A full run'} of ${seconds} s, ${new Date(result.beganAt).toISOString()}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, ${machine.system}; Node.js ${machine.node}, ${machine.k6}, commit ${machine.commit}.`,
    ...(overhead === null ? ['## Overhead', 'Not measured.'] : overheadText(overhead)),
    ...rollouts.flatMap(rolloutText),
    ...(sla === null ? [] : slaText(sla)),
    ...(stress === null ? [] : stressText(stress)),
  ].join('\n\n')}\n`;
}

function overheadText(overhead: OverheadResult): string[] {
  const { off } = overhead;
  return [
    `## Overhead ${VERDICTS[overhead.verdict]}`,
    `${overhead.sets} sets of blocks of ${fixed(overhead.blockSeconds, 1)} s at ${overhead.rate} requests/s (SEED=${overhead.seed}). With measuring off, a request takes ${fixed(off.processMicros, 0)} µs of CPU time, ${fixed(off.mainMicros, 0)} µs of them on the main thread; P50 ${fixed(off.p50Millis, 2)} ms, P99 ${fixed(off.p99Millis, 1)} ms.`,
    ...(overhead.worker === null ? [] : [workerSentence(overhead)]),
    referenceSentence(overhead),
    table(
      ['', 'condition', 'over measuring off', '95 % interval', 'below 1 %?'],
      overhead.comparisons.map(comparisonRow),
    ),
    powerSentence(overhead),
    controlsText(overhead.controls),
  ];
}

function comparisonRow({ metric, condition, difference, verdict }: Comparison): string[] {
  const { estimate, low, high } = difference;
  return [
    METRIC_NAMES[metric],
    CONDITION_NAMES[condition],
    percent(estimate),
    `${percent(low)} to ${percent(high)}`,
    verdict ?? '',
  ];
}

function rolloutText({ name, verdict, steps, phase, decisions, controls }: RolloutRun): string[] {
  return [
    `## Rollout, ${name}: ${VERDICTS[verdict]}`,
    `It ended ${phase}.`,
    table(
      ['sampling', 'requests, by k6', 'candles, by the estimate', 'standard errors between'],
      steps.map(({ samplingRate, requests, estimated, standardErrors }) => [
        `${100 * samplingRate} %`,
        String(requests),
        fixed(estimated, 0),
        fixed(standardErrors, 1),
      ]),
    ),
    decisions.map(({ at, text }) => `- ${new Date(at).toISOString().slice(11, 19)} ${text}`).join('\n'),
    controlsText(controls),
  ];
}

function slaText({ verdict, event, delayMillis, timeline, controls }: SlaResult): string[] {
  return [
    `## SLA: ${VERDICTS[verdict]}`,
    `${event} was slowed down by ${delayMillis} ms.`,
    timeline.map(({ seconds, text }) => `- ${seconds.toFixed(1)} s: ${text}`).join('\n'),
    controlsText(controls),
  ];
}

function stressText({ verdict, runs, controls }: StressResult): string[] {
  return [
    `## Stress: ${VERDICTS[verdict]}`,
    table(
      ['measuring', 'requests', 'answered', 'answered a second, saturated'],
      runs.map(({ name, requests, answered, throughput }) => [
        name,
        String(requests),
        String(answered),
        fixed(throughput, 0),
      ]),
    ),
    controlsText(controls),
  ];
}

function controlsText(controls: readonly Control[]): string {
  return controls.map(({ name, isKept, text }) => `- ${isKept ? '✓' : '✗'} ${name}: ${text}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
