import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dashboardQueries } from '../../src/verify/dashboard-queries.ts';

const variable = (name: string, fields: object = {}) => ({ name, type: 'query', query: '', ...fields });

function dashboard(expressions: readonly string[], list: readonly object[] = []): object {
  const panels = expressions.map((expr, i) => ({ title: `panel ${i}`, targets: [{ refId: 'A', expr }] }));
  return { title: 'Promises', panels, templating: { list } };
}

function expressionOf(expr: string, variables: readonly object[] = []): string | undefined {
  return dashboardQueries(dashboard([expr], variables))[0]?.expression;
}

describe('the queries of a dashboard', () => {
  it('are those of its panels, also in rows that are folded up, of its variables and of its annotations', () => {
    const queries = dashboardQueries({
      title: 'Promises',
      panels: [
        { title: 'Text', type: 'text' },
        { title: 'Two', targets: [target('A', 'a'), target('B', 'b', { instant: true, range: false })] },
        { title: 'Row', type: 'row', panels: [{ title: 'Folded', targets: [target('A', 'c')] }] },
        { title: 'Of another source', targets: [{ refId: 'A', queryType: 'snapshot' }] },
      ],
      templating: {
        list: [
          variable('event', { query: { query: 'label_values(perf_events_total, event)', refId: 'x' } }),
          { name: 'datasource', type: 'datasource', query: 'prometheus' },
        ],
      },
      annotations: {
        list: [
          { name: 'Of Grafana', builtIn: 1 },
          { name: 'Alerts', target: { expr: 'ALERTS' } },
        ],
      },
    });
    expect(queries.map(({ kind, panel, expression, isRange }) => [kind, panel, expression, isRange])).toEqual(
      [
        ['panel', 'Two (A)', 'a', true],
        ['panel', 'Two (B)', 'b', false],
        ['panel', 'Folded', 'c', true],
        ['variable', 'event', 'group by (event) (perf_events_total{event!=""})', false],
        ['annotation', 'Alerts', 'ALERTS', true],
      ],
    );
    expect(new Set(queries.map((query) => query.dashboard))).toEqual(new Set(['Promises']));
  });

  it('may be empty where the panel says what that means, and of annotations', () => {
    const fieldConfig = { defaults: { noValue: 'no rollout' } };
    const queries = dashboardQueries({
      panels: [
        { title: 'a', fieldConfig, targets: [target('A', 'a')] },
        { title: 'b', targets: [target('A', 'b')] },
      ],
      annotations: { list: [{ name: 'c', expr: 'c' }] },
    });
    expect(queries.map(({ panel, mayBeEmpty }) => [panel, mayBeEmpty])).toEqual([
      ['a', true],
      ['b', false],
      ['c', true],
    ]);
  });

  it.each([null, 'text', {}, { spec: { elements: {} } }])('are refused of %j', (what) => {
    expect(() => dashboardQueries(what)).toThrow(/no dashboard of Grafana/);
  });
});

describe('the variables of a query', () => {
  it.each([
    ['rate(a[$__rate_interval])', 'rate(a[1m])'],
    [`a[\${__range}:$__interval] > \${__range_s}`, 'a[1h:15s] > 3600'],
    ['a{event=~"$event"}', 'a{event=~".*"}'],
    [`a{event=~"\${event:regex}", service=~"[[event]]"}`, 'a{event=~".*", service=~".*"}'],
    ['a{event="$event"}', 'a{event=~".*"}'],
    ['a{event = "$event", b="$event"}', 'a{event =~".*", b=~".*"}'],
    ['a{event!="$event"}', 'a{event!=".*"}'],
    ['a{event="x$event"}', 'a{event="x.*"}'],
    ['a{event=~"x$"}', 'a{event=~"x$"}'],
  ])('are filled in: %s', (written, filled) => {
    expect(expressionOf(written, [variable('event')])).toBe(filled);
  });

  it.each([{ includeAll: true }, { multi: true }])('are not helped where they may be %j', (fields) => {
    const filled = expressionOf('a{event="$event"}', [variable('event', fields)]);
    expect(filled).toBe('a{event=".*"}');
  });

  it.each([
    ['what is chosen', { type: 'custom', query: '0.5,0.99', current: { value: '0.99' } }, '0.99'],
    ['the first choice', { type: 'custom', query: 'P50 : 0.5, P99 : 0.99' }, '0.5'],
    ['several choices', { type: 'custom', query: 'a,b,c', current: { value: ['a', 'c'] } }, 'a|c'],
    ['a constant', { type: 'constant', query: '7' }, '7'],
    ['all of a custom one', { type: 'custom', query: 'a,b', current: { value: ['$__all'] } }, '.*'],
    ['its own text for all', { allValue: '.+', current: { value: '$__all' } }, '.+'],
    ['all that a query finds', { current: { value: 'found-when-it-was-saved' } }, '.*'],
  ])('stand for %s', (_, fields, value) => {
    expect(expressionOf('$v', [variable('v', fields)])).toBe(value);
  });

  it('are named when the dashboard does not have them', () => {
    const [query] = dashboardQueries(dashboard([`a{b="$event", c="\${evnt:regex}"}`], [variable('event')]));
    expect(query).toMatchObject({ expression: `a{b=~".*", c="\${evnt:regex}"}`, undeclared: ['evnt'] });
  });

  it('never remain, whichever way they are written', () => {
    const names = ['event', 'service', 'quantile', '__interval', '__rate_interval', '__range_ms'];
    const reference = fc
      .tuple(fc.constantFrom(...names), fc.constantFrom('$N', `\${N}`, `\${N:regex}`, '[[N]]', '[[N:csv]]'))
      .map(([name, form]) => form.replace('N', name));
    // No letter follows, which would make another name of it.
    const literal = fc.constantFrom('', ' ', '"', '="', '=~"', '{a="', '"}', '|', '.*', ')[', ']', ')');
    const text = fc.array(fc.tuple(literal, reference, literal)).map((parts) => parts.flat().join(''));
    const variables = [
      variable('event'),
      variable('service', { allValue: '.+' }),
      variable('quantile', { type: 'custom', query: '0.5' }),
    ];
    fc.assert(
      fc.property(text, (written) => {
        const [query] = dashboardQueries(dashboard([written], variables));
        expect(query?.expression).not.toMatch(/\$|\[\[\w/);
        expect(query?.undeclared).toEqual([]);
      }),
    );
  });
});

describe('the query of a variable', () => {
  it.each([
    ['label_values(event)', 'group by (event) ({event!=""})'],
    ['label_values(a{b="c", d=~"$event"}, event)', 'group by (event) (a{b="c", d=~".*",event!=""})'],
    ['label_values(a{b="c",}, event)', 'group by (event) (a{b="c",event!=""})'],
    ['label_values(a{}, event)', 'group by (event) (a{event!=""})'],
    ['query_result(topk(3, a))', 'topk(3, a)'],
    ['metrics(perf_.+)', 'group by (__name__) ({__name__=~"perf_.+"})'],
    ['label_names()', 'group({__name__!=""})'],
    ['a{b="c"}', 'a{b="c"}'],
  ])('%s finds what the variable offers', (query, expression) => {
    const list = [variable('event', { query })];
    expect(dashboardQueries(dashboard([], list))).toMatchObject([{ kind: 'variable', expression }]);
  });
});

function target(refId: string, expr: string, fields: object = {}): object {
  return { refId, expr, ...fields };
}
