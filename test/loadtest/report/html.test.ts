import { describe, expect, it } from 'vitest';
import type { LoadTestResult, OverheadResult } from '../../../loadtest/phases.ts';
import { htmlReport } from '../../../loadtest/report/html.ts';
import { emptyResult, fullResult, injectedRollout, overheadResult, stressResult } from './result.ts';

const text = (page: string): string =>
  page.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ').replace(/[\s\u00a0]+/g, ' ');
/** The part about one phase. */
const part = (page: string, id: string): string =>
  new RegExp(`<section id="${id}">[\\s\\S]*?</section>`).exec(page)?.[0] ?? '';

describe('the HTML report', () => {
  it('says the verdict, the cost, the machine and when, before anything else', async () => {
    const page = await htmlReport(fullResult());
    expect(page).toContain('<title>Load test: passed</title>');
    const head = text(/<header>[\s\S]*<\/header>/.exec(page)?.[0] ?? '');
    expect(head).toContain('Every part passed.');
    expect(head).toMatch(/takes 0\.\d\d % of the service’s CPU time \(95 % interval/);
    expect(head).toContain('Intel(R) Xeon(R) Processor @ 2.90GHz, 2 cores, 8 GiB, Linux 6.1.0');
    expect(head).toContain('quick, 241 s');
    expect(head).toContain('2026-11-23 07:00 UTC');
    expect(head).toContain('6d2b622');
  });

  it('names the parts that decide a verdict that is not pass', async () => {
    const rollouts = [{ ...injectedRollout(), verdict: 'fail' as const }];
    const page = await htmlReport({ ...fullResult(), verdict: 'fail', rollouts });
    expect(page).toContain('<title>Load test: failed</title>');
    expect(text(page)).toContain('It failed (Rollout, overhead injected).');
  });

  it('tells no cost where the figures are worth nothing', async () => {
    const overhead = { ...overheadResult(), verdict: 'void' as const };
    const page = text(await htmlReport({ ...fullResult(), verdict: 'void', overhead }));
    expect(page).toContain('It is void (Overhead)');
    expect(page).not.toContain('of the service’s CPU time');
  });

  it('has a section for each part, with verdict, plot, table and controls', async () => {
    const page = await htmlReport(fullResult());
    for (const id of ['overhead', 'rollout', 'rollout-2', 'sla', 'stress']) {
      const section = part(page, id);
      expect(section, id).toContain('✓ passed');
      expect(section, id).toMatch(/<h3>Controls<\/h3>/);
      expect(page).toContain(`href="#${id}"`);
      if (id === 'sla') continue;
      expect(section, id).toContain('<svg');
      expect(section, id).toContain('<table>');
    }
    expect(text(part(page, 'overhead'))).toContain('off, burn of 3 %');
    expect(text(part(page, 'rollout-2'))).toContain('roll back: gate overhead failed');
    expect(text(part(page, 'sla'))).toContain('18.3 s Prometheus: PerfSlaBroken is firing');
  });

  it('marks a control that was not kept', async () => {
    const controls = [{ name: 'request rate', isKept: false, text: '140.0 requests/s, 150 were asked for' }];
    const page = await htmlReport({ ...fullResult(), overhead: { ...overheadResult(), controls } });
    expect(text(part(page, 'overhead'))).toContain('✗ request rate : 140.0 requests/s, 150 were asked for');
  });

  it('says of each part that is missing that it is', async () => {
    const page = text(await htmlReport(emptyResult()));
    for (const sentence of [
      'Load test: void',
      'Overhead was not measured.',
      'No rollout was run.',
      'The way of an alert was not measured.',
      'Stress was not measured.',
    ]) {
      expect(page).toContain(sentence);
    }
  });

  it('says of parts that hold nothing that they do', async () => {
    const overhead: OverheadResult = {
      ...overheadResult(),
      comparisons: [],
      controls: [],
      blocks: [],
      latencies: {},
    };
    const rollouts = [{ ...injectedRollout(), steps: [], decisions: [], gates: [], controls: [] }];
    const page = await htmlReport({
      ...fullResult(),
      overhead,
      rollouts,
      stress: { ...stressResult(), runs: [], controls: [] },
    });
    expect(page).not.toContain('<svg');
    expect(page).not.toMatch(/NaN|Infinity|undefined|null/);
    for (const sentence of ['Nothing was compared.', 'No blocks were kept.', 'It decided nothing.']) {
      expect(text(page)).toContain(sentence);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'says unknown where every figure is %s',
    async (value) => {
      const broken = withEveryNumber(fullResult(), value);
      const page = await htmlReport({
        ...broken,
        sla: broken.sla && {
          ...broken.sla,
          controls: [{ name: 'x', isKept: false, text: `${value} %, from NaN` }],
        },
      });
      expect(page).not.toMatch(/NaN|Infinity/);
      expect(text(part(page, 'overhead'))).toContain('unknown to unknown');
      expect(text(part(page, 'sla'))).toContain('x : unknown, from unknown');
    },
  );

  it('reads what verdict.json keeps of figures that are no numbers', async () => {
    const kept = JSON.parse(JSON.stringify(withEveryNumber(fullResult(), Number.NaN))) as LoadTestResult;
    expect(text(await htmlReport(kept))).not.toMatch(/NaN|Infinity|\bnull\b/);
  });

  it('escapes what it is told', async () => {
    const evil = `<script>alert("1")</script>&'`;
    const result = fullResult();
    const page = await htmlReport({
      ...result,
      machine: { ...result.machine, cpu: evil, commit: evil },
      rollouts: [{ ...injectedRollout(), phase: evil, decisions: [{ at: result.beganAt, text: evil }] }],
      sla: result.sla && { ...result.sla, event: evil, controls: [{ name: evil, isKept: true, text: evil }] },
    });
    expect(page).not.toContain('<script');
    expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;')).toHaveLength(8);
  });

  it('asks for nothing outside of itself, and runs nothing', async () => {
    const page = await htmlReport(fullResult());
    expect(page.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<script|<link|<iframe|<img|@import|url\((?!#)|\son\w+=/);
    for (const [, target] of page.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/);
  });

  it('gives no two elements one id, though each plot is in it twice', async () => {
    const ids = [...(await htmlReport(fullResult())).matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('stays small after the longest run', async () => {
    expect((await htmlReport(fullResult({ sets: 200 }))).length).toBeLessThan(1.5e6);
  });
});

/** The same with that in place of each number. */
function withEveryNumber<T>(part: T, value: number): T {
  const replaced: unknown = Array.isArray(part)
    ? part.map((one) => withEveryNumber(one, value))
    : part !== null && typeof part === 'object'
      ? Object.fromEntries(Object.entries(part).map(([key, one]) => [key, withEveryNumber(one, value)]))
      : typeof part === 'number'
        ? value
        : part;
  return replaced as T;
}
