import type { RolloutRun, SlaResult, StressResult } from '../phases.ts';
import { checks, figure, missing, section, table } from './html-elements.ts';
import { html, type Markup } from './html-markup.ts';
import { hasSteps, rolloutSpec, zeroOf } from './plots/rollout.ts';
import { hasSeconds, stressSpec } from './plots/stress.ts';
import { fixed, percent } from './wording.ts';

export async function rolloutSections(runs: readonly RolloutRun[]): Promise<Markup[]> {
  if (runs.length === 0) return [section('rollout', 'Rollout', null, [missing('No rollout was run.')])];
  return Promise.all(runs.map(rolloutSection));
}

/** Of the section about the n-th rollout. */
export function rolloutId(i: number): string {
  return i === 0 ? 'rollout' : `rollout-${i + 1}`;
}

async function rolloutSection(run: RolloutRun, i: number): Promise<Markup> {
  const { name, verdict, phase, steps, gates, controls } = run;
  return section(rolloutId(i), `Rollout, ${name}`, verdict, [
    html`<p>The rollout ended in the phase “${phase}”.</p>`,
    hasSteps(run)
      ? await figure(
          (width) => rolloutSpec(run, width),
          'Sampling rate over time, and the decisions of the rollout',
          'Sampling rate in the service; the numbers are the decisions below.',
        )
      : missing('The service was seen at no sampling rate for long enough.'),
    decisionList(run),
    html`<h3>Candles, by k6 and by the estimate</h3>`,
    table(
      ['sampling', 'by k6', 'estimated', 'standard errors between'],
      [
        {
          rows: steps.map(({ samplingRate, requests, estimated, standardErrors }) => [
            percent(samplingRate, 0),
            fixed(requests, 0),
            fixed(estimated, 0),
            fixed(standardErrors, 1),
          ]),
        },
      ],
    ),
    gateList(gates),
    checks(controls),
  ]);
}

function decisionList(run: RolloutRun): Markup {
  if (run.decisions.length === 0) return missing('It decided nothing.');
  const zero = zeroOf(run);
  return html`<ol class="times">
${run.decisions.map(({ at, text }, i) => timed(`${i + 1}. ${fixed((at - zero) / 1e3, 0, ' s')}`, text))}
</ol>`;
}

function gateList(gates: RolloutRun['gates']): Markup {
  if (gates.length === 0) return missing('No gate was judged.');
  return html`<h3>Gates at the end</h3>
<ul class="times">
${gates.map(({ gate, verdict, text }) => timed(gate, `${verdict.replace('_', ' ')}: ${text}`))}
</ul>`;
}

export function slaSection(sla: SlaResult | null): Markup {
  if (sla === null)
    return section('sla', 'SLA path', null, [missing('The way of an alert was not measured.')]);
  const { verdict, event, delayMillis, timeline, controls } = sla;
  return section('sla', 'SLA path', verdict, [
    html`<p>Each ${event} was slowed down by ${fixed(delayMillis, 0, ' ms')}; what followed, in seconds since:</p>`,
    timeline.length === 0
      ? missing('Nothing was seen.')
      : html`<ol class="times">
${timeline.map(({ seconds, text }) => timed(fixed(seconds, 1, ' s'), text))}
</ol>`,
    checks(controls),
  ]);
}

export async function stressSection(stress: StressResult | null): Promise<Markup> {
  if (stress === null) return section('stress', 'Stress', null, [missing('Stress was not measured.')]);
  const { verdict, runs, controls } = stress;
  return section('stress', 'Stress', verdict, [
    html`<p>More than the service can do: a ramp to saturation, a flood, and recovery, with measuring off and on.</p>`,
    hasSeconds(stress)
      ? await figure(
          (width) => stressSpec(stress, width),
          'Answers a second over the ramp, with measuring off and on, and the sampling rate',
          'During the flood recording has next to no budget, so that adaptive sampling must lower the rate.',
        )
      : missing('No seconds of a ramp were kept.'),
    table(
      ['measuring', 'requests', 'answered', 'a second, saturated'],
      [
        {
          rows: runs.map(({ name, requests, answered, throughput }) => [
            name,
            fixed(requests, 0),
            fixed(answered, 0),
            fixed(throughput, 0),
          ]),
        },
      ],
    ),
    checks(controls),
  ]);
}

function timed(at: string, text: string): Markup {
  return html`<li><span class="at">${at}</span><span>${text}</span></li>`;
}
