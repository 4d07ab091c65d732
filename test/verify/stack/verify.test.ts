import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/programs.ts';
import { Stack, verify } from './stack.ts';

interface Listed {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: string };
}

/** Real programs; each fault is made to happen, and the next test finds everything well again. */
describe('perf-metrics verify', () => {
  let stack: Stack;
  let dashboards: string;

  beforeAll(async () => {
    stack = await Stack.start();
    dashboards = await stack.writeDashboard('dashboards', {
      'Events a second': 'sum by (event) (rate(perf_events_total{event=~"$event"}[$__rate_interval]))',
      'Events of one': 'perf_events_total{event="$event"}',
      'Native histogram': 'sum(rate(perf_event_duration_seconds[$__rate_interval]))',
    });
  });

  afterAll(async () => await stack[Symbol.asyncDispose]());

  async function listed(): Promise<Listed[]> {
    const filter = encodeURIComponent('alertname="PerfTest"');
    const answer = await fetch(`${stack.url('alertmanager')}/api/v2/alerts?filter=${filter}`);
    return (await answer.json()) as Listed[];
  }

  function askPrometheus(...args: string[]): ReturnType<typeof verify> {
    return verify('--timeout', '3s', '--prometheus', stack.url('prometheus'), ...args);
  }

  it('waits on a fresh installation until everything holds', async () => {
    const rules = `${stack.directory}/rules`;
    const { holds, text, checks } = await stack.verify(60, '--rules', rules, '--dashboards', dashboards);
    expect(text).not.toMatch(/FAIL/);
    expect(holds).toBe(true);
    expect(Object.keys(checks)).toEqual([
      'fleet',
      'targets',
      'rules',
      'dashboards',
      'watchdog',
      'test alert',
    ]);
    expect(checks.fleet?.text).toMatch(/is ready, with \d{2,} samples/);
    expect(checks.targets?.text).toMatch(/2 are up \(jobs: 2\)/);
    expect(checks.rules?.text).toMatch(/2 have been evaluated without an error \(groups: 1\)/);
    expect(checks.dashboards?.text).toMatch(/5 queries parse, 4 return data; 1 are empty \(and may be/);
    expect(checks.watchdog?.text).toMatch(/from Prometheus to Alertmanager \(Prometheus knows 1\)/);
    expect(checks['test alert']?.text).toMatch(/came from Alertmanager \d+\.\d s after it was posted/);
  });

  it('leaves no alert behind', async () => {
    expect(await listed()).toEqual([]);
  });

  it('can be run again at once: the next alert is not held back with the last one', async () => {
    const { checks } = await stack.verify(20);
    expect(checks['test alert']?.isOk).toBe(true);
  });

  it('names a query that Prometheus refuses, one that returns nothing, and a variable that is not there', async () => {
    const faulty = await stack.writeDashboard('faulty', {
      Fine: 'up',
      Broken: 'sum by (event (up)',
      Empty: 'perf_events_totl',
      'Not a number': '0 * perf_events_total / 0',
      Undeclared: 'up{job!="$evnt"}',
    });
    const { holds, checks } = await askPrometheus('--dashboards', faulty);
    expect([holds, checks.targets?.isOk, checks.dashboards?.isOk]).toEqual([false, true, false]);
    const lines = checks.dashboards?.text.trim().split('\n') ?? [];
    expect(lines[0]).toMatch(/4 of 7 queries are refused or return nothing/);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(
        /panel "Broken" of "Promises" is refused: .*parse error.*: sum by \(event \(up\)$/,
      ),
      expect.stringMatching(/panel "Empty" of "Promises" is empty: .*: perf_events_totl$/),
      expect.stringMatching(/panel "Not a number" of "Promises" is empty/),
      expect.stringMatching(
        /panel "Undeclared" of "Promises" is refused: the dashboard has no variable evnt/,
      ),
    ]);
  });

  it('lets queries be empty where nothing is measured yet, but not broken', async () => {
    const empty = await stack.writeDashboard('empty', { Empty: 'perf_events_totl', Fine: 'up' });
    const fine = await askPrometheus('--dashboards', empty, '--allow-empty');
    expect(fine.holds).toBe(true);
    expect(fine.checks.dashboards?.text).toMatch(
      /4 queries parse, 2 return data; 2 are empty \(--allow-empty\)/,
    );
    const broken = await stack.writeDashboard('broken', { Broken: 'sum(up' });
    expect((await askPrometheus('--dashboards', broken, '--allow-empty')).holds).toBe(false);
  });

  it('names a rule that fails when it is evaluated, and one that is not loaded', async () => {
    const manyToMany = { record: 'job:broken:ratio', expr: 'up / on () up' };
    await stack.writeRules('broken', [manyToMany]);
    await stack.reload('prometheus');
    const elsewhere = await stack.writeRules('forgotten', [{ alert: 'Gone', expr: 'up' }], 'elsewhere');
    const { holds, checks } = await askPrometheus('--rules', elsewhere);
    expect(holds).toBe(false);
    expect(checks.rules?.text).toMatch(/1 of 3 do not evaluate, and 1 of 1 expected ones are not loaded/);
    expect(checks.rules?.text).toMatch(/job:broken:ratio of group broken fails: .*many-to-many/);
    expect(checks.rules?.text).toMatch(/Gone of group forgotten \(.*forgotten.yaml\) is not loaded/);
    await stack.removeRules('broken');
    await stack.reload('prometheus');
    expect((await askPrometheus()).holds).toBe(true);
  });

  it('says where an alert goes that does not come back, and ends it all the same', async () => {
    await stack.writeRoute('nobody');
    await stack.reload('alertmanager');
    const { holds, checks } = await stack.verify(4);
    expect([holds, checks.watchdog?.isOk]).toEqual([false, true]);
    expect(checks['test alert']?.text).toMatch(
      /FAIL +test alert: PerfTest has not come back: Alertmanager at .* routes it to the receiver nobody/,
    );
    expect(await listed()).toEqual([]);
    await stack.writeRoute('test');
    await stack.reload('alertmanager');
  });

  it('says that the alert is suppressed', async () => {
    const now = Date.now();
    const silence = {
      matchers: [{ name: 'alertname', value: 'PerfTest', isRegex: false, isEqual: true }],
      startsAt: new Date(now),
      endsAt: new Date(now + 3_600_000),
      createdBy: 'test',
      comment: 'test',
    };
    const base = `${stack.url('alertmanager')}/api/v2`;
    const made = await fetch(`${base}/silences`, {
      method: 'POST',
      body: JSON.stringify(silence),
      headers: { 'content-type': 'application/json' },
    });
    const { silenceID } = (await made.json()) as { silenceID: string };
    const { checks } = await stack.verify(4);
    expect(checks['test alert']?.text).toMatch(/suppresses PerfTest: see its silences/);
    await fetch(`${base}/silence/${silenceID}`, { method: 'DELETE' });
    expect((await stack.verify(20)).checks['test alert']?.isOk).toBe(true);
  });

  it('says whether Prometheus knows no Alertmanager, or its Watchdog does not arrive', async () => {
    await stack.writePrometheus({ alertmanagers: [] });
    await stack.reload('prometheus');
    await stack.alertmanagersKnown(0);
    // It forgets the alerts that it had.
    await stack.stop('alertmanager');
    stack.startAlertmanager();
    const unknown = await stack.verify(3);
    expect(unknown.checks.watchdog?.text).toMatch(/FAIL +watchdog: Prometheus at .* knows no Alertmanager/);
    const drop = { source_labels: ['alertname'], regex: 'Watchdog', action: 'drop' };
    await stack.writePrometheus({ alert_relabel_configs: [drop] });
    await stack.reload('prometheus');
    await stack.alertmanagersKnown(1);
    const dropped = await stack.verify(4);
    expect(dropped.checks.watchdog?.text).toMatch(/FAIL +watchdog: the Watchdog of .* has not arrived at/);
  });

  it('misses the Watchdog where its rule is gone', async () => {
    await stack.writeRules('promises', [{ record: 'job:up:sum', expr: 'sum by (job) (up)' }]);
    await stack.reload('prometheus');
    const { checks } = await stack.verify(3);
    expect(checks.watchdog?.text).toMatch(/FAIL +watchdog: the alert Watchdog does not fire in Prometheus/);
  });

  it('names a target that is down, a job without one, and an aggregation worker that is gone', async () => {
    await stack.stop('fleet');
    const missing = ['--expect-job', 'perf-metrics-grafana'];
    const verdict = await eventually('a failed scrape', async () => {
      const found = await stack.verify(3, ...missing);
      return found.checks.targets?.text.includes('1 of 2 are not up') ? found : undefined;
    });
    const { holds, checks } = verdict;
    expect([holds, checks.rules?.isOk]).toEqual([false, true]);
    expect(checks.targets?.text).toMatch(/1 of 2 are not up, and 1 of 3 expected jobs have no target/);
    expect(checks.targets?.text).toMatch(/perf-metrics-fleet 127\.0\.0\.1:\d+ .* is down: .*refused/);
    expect(checks.targets?.text).toMatch(/job perf-metrics-grafana has no target/);
    expect(checks.fleet?.text).toMatch(/FAIL +fleet: the aggregation worker at .* cannot be asked/);
  });

  it('takes a pod that is not the aggregation worker for what it is', async () => {
    const { checks } = await verify('--timeout', '2s', '--fleet', stack.url('demo'));
    expect(checks.fleet?.isOk).toBe(false);
  });

  it('says that Alertmanager and Prometheus are down', async () => {
    await stack.stop('alertmanager');
    const without = await stack.verify(3);
    expect(without.checks['test alert']?.text).toMatch(
      /FAIL .*Alertmanager at .* cannot be asked: .*REFUSED/,
    );
    expect(without.checks.rules?.isOk).toBe(true);
    await stack.stop('prometheus');
    const { holds, checks } = await stack.verify(2, '--dashboards', dashboards);
    expect(holds).toBe(false);
    for (const name of ['targets', 'rules', 'dashboards', 'watchdog'])
      expect(checks[name]?.text).toMatch(/FAIL .*Prometheus at .* cannot be asked: .*REFUSED/);
  });
});
