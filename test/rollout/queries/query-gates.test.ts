import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/programs.ts';
import { HttpAnswers, json, vector } from '../support/http-answers.ts';
import { RolloutRun } from '../support/rollout-run.ts';
import { quickSpec } from '../support/specs.ts';

function withQuery(holdSeconds: number, prometheus: string): string {
  const query = 'latency{pod=~"$measured"} - latency{pod=~"$control"} + x[$step]';
  return quickSpec(holdSeconds, { gates: { queries: [{ name: 'clients', prometheus, query, max: 2 }] } });
}

describe('a gate that asks a Prometheus', () => {
  it('is asked about the cohorts and the step, and lets the rollout go on while it passes', async () => {
    await using server = await HttpAnswers.start(vector('1'));
    await using run = await RolloutRun.create(withQuery(3, server.url));
    run.start({ queryMillis: 500 });
    await run.until('completion', ({ phase }) => phase === 'complete');
    const [first = ''] = server.queries;
    const [, measured = '', control = ''] = /pod=~"(.*)"} - .*pod=~"(.*)"}/.exec(first) ?? [];
    expect([...measured.split('|'), ...control.split('|')].sort()).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `pod-${i}`),
    );
    expect(control.split('|')).toHaveLength(2);
    expect(first).toMatch(/x\[\d+s\]$/);
  });

  it('takes the rollout back when it fails', async () => {
    await using server = await HttpAnswers.start(vector('3'));
    await using run = await RolloutRun.create(withQuery(3, server.url));
    run.start({ queryMillis: 500 });
    const { decisions } = await run.until('failure', ({ phase }) => phase === 'failed');
    expect(decisions[0]).toMatchObject({ decision: 'roll_back', from: 0, to: -1 });
    expect(decisions[0]?.reason).toMatch(/query_clients failed/);
  });

  it.each([
    ['errors', json({ status: 'error', error: 'out of memory' }, 503), 'error'],
    ['finds nothing', vector(), 'no_data'],
    ['does not answer', () => undefined, 'no_data'],
  ] satisfies [string, HttpAnswers['answer'], string][])(
    'holds the rollout while it %s, and delays no tick',
    async (_, answer, verdict) => {
      await using server = await HttpAnswers.start(answer);
      await using run = await RolloutRun.create(withQuery(1, server.url));
      run.start({ queryMillis: 500 });
      const { stepSince } = await run.until('the verdict', ({ gates }) =>
        gates.some((gate) => gate.gate === 'query_clients' && gate.verdict === verdict),
      );
      // The hold passes several times over.
      await eventually('time', async () => (run.now - stepSince > 5000 ? true : undefined), 4);
      const { step } = await run.until('a status', () => true);
      expect(step).toBe(0);
      server.answer = vector('1');
    },
  );
});
