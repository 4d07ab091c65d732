import { CONDITIONS, METRICS, type OverheadResult } from '../phases.ts';
import { checks, figure, missing, SHORT, section, table } from './html-elements.ts';
import { html, type Markup } from './html-markup.ts';
import { cpuSpec, hasBlocks } from './plots/cpu.ts';
import { hasLatencies, latencySpec } from './plots/latency.ts';
import { hasDifferences, overheadSpec } from './plots/overhead.ts';
import {
  CONDITION_NAMES,
  fixed,
  METRIC_NAMES,
  percent,
  powerSentence,
  referenceSentence,
  workerSentence,
} from './wording.ts';

export async function overheadSection(overhead: OverheadResult | null): Promise<Markup> {
  if (overhead === null)
    return section('overhead', 'Overhead', null, [missing('Overhead was not measured.')]);
  return section('overhead', 'Overhead', overhead.verdict, [
    howMeasured(overhead),
    ...(await differences(overhead)),
    checks(overhead.controls),
    html`<h3>Latency by condition</h3>`,
    hasLatencies(overhead)
      ? await figure(
          (width) => latencySpec(overhead, width),
          'Percentiles of the request latency by condition',
          'Of all requests, from the moment they were due. Both axes are logarithmic; the highest are in the table.',
        )
      : missing('No latencies were kept.'),
    latencyTable(overhead),
    html`<h3>CPU time over time</h3>`,
    hasBlocks(overhead)
      ? await figure(
          (width) => cpuSpec(overhead, width),
          'CPU time per request of each block, over time, by condition',
          'Of the whole process per request, in milliseconds: each stroke is a block, in the order that was drawn at random, less what the reference work tells of the machine. Dotted: the mean with measuring off.',
        )
      : missing('No blocks were kept.'),
  ]);
}

function howMeasured(overhead: OverheadResult): Markup {
  const { sets, maxSets, blockSeconds, rate, seed, off } = overhead;
  return html`<p>${fixed(sets, 0)} of at most ${fixed(maxSets, 0)} sets of blocks of ${fixed(blockSeconds, 1)} s, in random order (SEED=${seed}), at ${rate} requests/s. With measuring off a request takes ${fixed(off.processMicros, 0, ' µs')} of CPU time, ${fixed(off.mainMicros, 0, ' µs')} of them on the main thread; P50 is ${fixed(off.p50Millis, 2, ' ms')}, P99 ${fixed(off.p99Millis, 1, ' ms')}. ${workerSentence(overhead)} ${referenceSentence(overhead)}</p>`;
}

async function differences(overhead: OverheadResult): Promise<Markup[]> {
  const { comparisons } = overhead;
  if (comparisons.length === 0) return [missing('Nothing was compared.')];
  const plot = hasDifferences(overhead)
    ? await figure(
        (width) => overheadSpec(overhead, width),
        'Differences from measuring off, with their intervals, by metric and condition',
        'How much more than with measuring off: the estimate and its interval. Solid line: no difference. Dashed line: 1 %, the limit. P99 has its own axis and is not judged. A rate passes when its whole interval is left of the limit.',
      )
    : missing('There is no difference to draw.');
  const parts = METRICS.flatMap((metric) => {
    const rows = comparisons
      .filter((one) => one.metric === metric)
      .map(({ condition, difference: { estimate, low, high }, verdict }) => [
        CONDITION_NAMES[condition],
        percent(estimate),
        `${percent(low)} to ${percent(high)}`,
        verdict === null ? '' : html`<span class="${verdict}">${SHORT[verdict]}</span>`,
      ]);
    return rows.length === 0 ? [] : [{ title: METRIC_NAMES[metric], rows }];
  });
  return [
    plot,
    table(['', 'over measuring off', '95 % interval', 'below 1 %'], parts),
    html`<p class="quiet">${powerSentence(overhead)}</p>`,
  ];
}

function latencyTable({ latencies }: OverheadResult): Markup {
  const rows = CONDITIONS.flatMap((condition) => {
    const quantiles = latencies[condition] ?? [];
    if (quantiles.length === 0) return [];
    const at = (ratio: number): string =>
      fixed(quantiles[Math.round(ratio * (quantiles.length - 1))] ?? Number.NaN, 2);
    return [[CONDITION_NAMES[condition], at(0.5), at(0.9), at(0.99), at(1)]];
  });
  return rows.length === 0 ? html`` : table(['ms', 'P50', 'P90', 'P99', 'highest'], [{ rows }]);
}
