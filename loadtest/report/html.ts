import type { Comparison, LoadTestResult, Verdict } from '../phases.ts';
import { badge, missing, SHORT } from './html-elements.ts';
import { html, type Markup, raw } from './html-markup.ts';
import { overheadSection } from './html-overhead.ts';
import { rolloutId, rolloutSections, slaSection, stressSection } from './html-phases.ts';
import { STYLE } from './html-style.ts';
import { fixed, percent, UNKNOWN } from './wording.ts';

interface Part {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
}

/** All that was found, in one HTML file that needs nothing else: no scripts, no requests. */
export async function htmlReport(result: LoadTestResult): Promise<string> {
  const sections = [
    await overheadSection(result.overhead),
    ...(await rolloutSections(result.rollouts)),
    slaSection(result.sla),
    await stressSection(result.stress),
  ];
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test: ${SHORT[result.verdict]}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
${head(result)}
</header>
<main>
${sections}
</main>
</body>
</html>
`;
  return text;
}

function head(result: LoadTestResult): readonly Markup[] {
  const { machine } = result;
  const parts = partsOf(result);
  return [
    html`<h1>Load test: ${SHORT[result.verdict]}</h1>`,
    html`<p class="lead">${verdictText(result.verdict, parts)} ${costText(result)}</p>`,
    parts.length === 0
      ? missing('No part of it was run.')
      : html`<ul class="parts">
${parts.map(({ id, title, verdict }) => html`<li><a href="#${id}">${title}</a> ${badge(verdict)}</li>`)}
</ul>`,
    html`<dl>
<dt>Run</dt><dd>${result.isQuick ? 'quick' : 'full'}, ${fixed((result.endedAt - result.beganAt) / 1e3, 0, ' s')}</dd>
<dt>When</dt><dd>${timeText(result.beganAt)}</dd>
<dt>Machine</dt><dd>${machine.cpu}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, ${machine.system}</dd>
<dt>Tools</dt><dd>Node.js ${machine.node}, ${machine.k6}</dd>
<dt>Commit</dt><dd>${machine.commit}</dd>
</dl>`,
  ];
}

function partsOf({ overhead, rollouts, sla, stress }: LoadTestResult): Part[] {
  return [
    ...(overhead === null ? [] : [{ id: 'overhead', title: 'Overhead', verdict: overhead.verdict }]),
    ...rollouts.map(({ name, verdict }, i) => ({ id: rolloutId(i), title: `Rollout, ${name}`, verdict })),
    ...(sla === null ? [] : [{ id: 'sla', title: 'SLA path', verdict: sla.verdict }]),
    ...(stress === null ? [] : [{ id: 'stress', title: 'Stress', verdict: stress.verdict }]),
  ];
}

function verdictText(verdict: Verdict, parts: readonly Part[]): string {
  const guilty = parts.filter((part) => part.verdict === verdict).map(({ title }) => title);
  const which = guilty.length === 0 ? '' : ` (${guilty.join('; ')})`;
  return {
    pass: 'Every part passed.',
    fail: `It failed${which}.`,
    undecided: `It is undecided${which}: the figures vary too much to tell.`,
    void: `It is void${which}: its figures are worth nothing, as a control was not kept or a part was not run.`,
  }[verdict];
}

/** What most readers came for; nothing where it is worth nothing. */
function costText({ overhead }: LoadTestResult): string {
  if (overhead?.verdict === 'void') return '';
  const cost = overhead?.comparisons.find(isWholeCost)?.difference;
  if (cost === undefined || !Number.isFinite(cost.estimate)) return '';
  return `Measuring every event takes ${percent(cost.estimate)} of the service’s CPU time (95 % interval ${percent(cost.low)} to ${percent(cost.high)}).`;
}

function isWholeCost({ metric, condition }: Comparison): boolean {
  return metric === 'cpu_process' && condition === '100';
}

function timeText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? UNKNOWN : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
