import { fileURLToPath } from 'node:url';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/verify/check.ts';
import { DashboardCheck } from '../../src/verify/dashboard-check.ts';
import { type DashboardQuery, dashboardQueries } from '../../src/verify/dashboard-queries.ts';
import { HttpServer } from '../../src/verify/http.ts';
import { eventually } from '../support/programs.ts';
import { committedDashboards } from './dashboard-files.ts';
import { INSTANCES, NAMESPACE, SERVICE, Stack } from './stack.ts';

/** The event that is slowed down beyond its SLA. */
const SLOW = 'exchange_round_trip';
const SLOW_MILLIS = 30;
const STEP_SECONDS = 5;
const DIRECTORY = fileURLToPath(new URL('../../grafana/dashboards', import.meta.url));

/** What a reader may have chosen, as Grafana puts it into a matcher; a variable that is not here stands for all. */
const SELECTIONS: readonly (readonly [name: string, chosen: Readonly<Record<string, string>>])[] = [
  ['all', {}],
  ['one of each', { namespace: NAMESPACE, service: SERVICE, instance: INSTANCES[0], event: SLOW }],
  [
    'several',
    { service: `(${SERVICE}|none)`, instance: `(${INSTANCES.join('|')})`, event: `(${SLOW}|slippage)` },
  ],
  ['an instance of which classic histograms are converted', { instance: INSTANCES[1] }],
];

/** Panels that show nothing by right: an event that is a duration has no other values. */
const EMPTY_BY_RIGHT: Readonly<Record<string, readonly string[]>> = {
  'one of each': ['Values that are no duration'],
};

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly result: readonly Series[] };
}

interface Series {
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
  readonly histogram?: unknown;
  readonly histograms?: unknown;
}

/** Every query, on a Prometheus that scrapes real services, an aggregation worker and a rollout that took two steps. */
describe('queries of the dashboards', () => {
  let stack: Stack;
  const startSeconds = Date.now() / 1e3;

  beforeAll(async () => {
    stack = await Stack.whole();
    await slow(INSTANCES[0]);
    await eventually('the last step of the rollout', async () => {
      const answer = await ask('/api/v1/query', { query: 'perf_rollout_step == 1' });
      return answer.data.result.length > 0 || undefined;
    });
    // Alerts are about single instances: without this the second one would have some only by chance.
    await slow(INSTANCES[1]);
  });

  function slow(instance: (typeof INSTANCES)[number], millis = SLOW_MILLIS): Promise<boolean> {
    return eventually(
      'a slow event',
      async () => (await stack.slowDown(instance, SLOW, millis)) || undefined,
    );
  }

  afterAll(async () => await stack[Symbol.asyncDispose]());

  async function ask(path: string, parameters: Record<string, string>): Promise<Answer> {
    const response = await fetch(`${stack.prometheusUrl}${path}?${new URLSearchParams(parameters)}`);
    return (await response.json()) as Answer;
  }

  /** What is wrong with the answer; undefined when it has data. */
  async function faultOf({ expression, isRange, undeclared }: DashboardQuery): Promise<string | undefined> {
    if (undeclared.length > 0) return `no variable ${undeclared.join(', ')}`;
    const span = { start: String(startSeconds), end: String(Date.now() / 1e3), step: String(STEP_SECONDS) };
    const { status, error, data } = isRange
      ? await ask('/api/v1/query_range', { query: expression, ...span })
      : await ask('/api/v1/query', { query: expression });
    if (status !== 'success') return error;
    return data.result.some(isDrawn) ? undefined : 'no data';
  }

  it.each(SELECTIONS)('run and return data: %s chosen', async (name, chosen) => {
    const byRight = EMPTY_BY_RIGHT[name] ?? [];
    const queries = committedDashboards().flatMap((dashboard) => dashboardQueries(choose(dashboard, chosen)));
    expect(queries.length).toBeGreaterThan(100);
    let open = queries.filter(({ panel }) => !byRight.includes(panel));
    let faults: string[] = [];
    // Some need a garbage collection, a minute of events, an alert: they are asked again until all have data.
    await eventually(
      'data',
      async () => {
        // Slower and slower: otherwise only one event in a thousand is among the slowest 0.1 % so far, and it may take minutes.
        await slow(INSTANCES[0], SLOW_MILLIS + Math.round((Date.now() / 1e3 - startSeconds) / 2));
        const asked = await Promise.all(open.map(async (query) => ({ query, fault: await faultOf(query) })));
        const faulty = asked.filter(({ fault }) => fault !== undefined);
        open = faulty.map(({ query }) => query);
        faults = faulty.map(({ query, fault }) => `${query.dashboard} / ${query.panel}: ${fault}`);
        return faulty.length === 0 || undefined;
      },
      90,
    ).catch(() => undefined);
    expect(faults).toEqual([]);
  });

  it('find the traces behind the durations', async () => {
    const answer = await eventually('exemplars', async () => {
      const span = { start: String(startSeconds), end: String(Date.now() / 1e3) };
      const query = `sum(rate(perf_event_duration_seconds{event="${SLOW}"}[1m]))`;
      const { data } = (await ask('/api/v1/query_exemplars', { query, ...span })) as unknown as {
        data: readonly { readonly exemplars: readonly { readonly labels: Record<string, string> }[] }[];
      };
      if (data.length === INSTANCES.length) return data;
      throw new Error(
        `of ${data.length} instances; of exemplars Prometheus says:\n${await stack.exemplarFigures()}`,
      );
    });
    expect(answer[0]?.exemplars[0]?.labels.trace_id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('pass what `helm test` asks of them', async () => {
    expect(await verified(stack)).toMatchObject({ isOk: true, details: [] });
  });
});

it('an installation without traffic, aggregation worker and rollout passes `helm test` too', async () => {
  await using stack = await Stack.idle();
  await eventually('what is found to be well', async () => (await verified(stack)).isOk || undefined);
});

async function verified(stack: Stack): Promise<Finding> {
  const server = new HttpServer('Prometheus', stack.prometheusUrl);
  const check = await DashboardCheck.create(server, [DIRECTORY], false);
  return await check.look(AbortSignal.timeout(60_000));
}

/** The dashboard as a reader with that choice sees it. */
function choose(dashboard: Dashboard, chosen: Readonly<Record<string, string>>): Dashboard {
  const list = (dashboard.templating.list ?? []).map((variable) => {
    const value = chosen[variable.name];
    return value === undefined ? variable : { ...variable, allValue: value };
  });
  return { ...dashboard, templating: { list } };
}

function isDrawn({ value, values = [], histogram, histograms }: Series): boolean {
  const numbers = value === undefined ? values : [value];
  return histogram !== undefined || histograms !== undefined || numbers.some(([, text]) => text !== 'NaN');
}
