import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/programs.ts';
import { type Labels, RunningAlertmanager } from './running-alertmanager.ts';

let alertmanager: RunningAlertmanager;

beforeAll(async () => {
  alertmanager = await RunningAlertmanager.start({ groupWait: '1s', groupInterval: '1s' });
});

afterAll(async () => {
  await alertmanager?.[Symbol.asyncDispose]();
});

/** An alert, as `severity name label=value ...`. */
type Line = string;

function labelsOf(line: Line, namespace: string): Labels {
  const [severity = '', alertname = '', ...pairs] = line.split(' ');
  const labels = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
  return { severity, alertname, namespace, ...labels };
}

const same = (some: Labels, other: Labels): boolean =>
  Object.entries(some).every(([name, value]) => other[name] === value) &&
  Object.keys(some).length === Object.keys(other).length;

/** Those of the alerts that Alertmanager hides. */
async function hidden(lines: readonly Line[], namespace: string): Promise<Line[]> {
  const alerts = await alertmanager.alerts({ namespace });
  const states = lines.map((line) => {
    const found = alerts.find(({ labels }) => same(labels, labelsOf(line, namespace)));
    return found?.status.state ?? 'lost';
  });
  return lines.filter((_line, i) => states[i] === 'suppressed');
}

/** Those of the alerts that the webhook was told of. */
function told(lines: readonly Line[], namespace: string): Line[] {
  const alerts = alertmanager.notifications({ namespace }).flatMap((notification) => notification.alerts);
  return lines.filter((line) => alerts.some(({ labels }) => same(labels, labelsOf(line, namespace))));
}

interface Scenario {
  readonly fires: readonly Line[];
  readonly hides?: readonly Line[];
  readonly not: readonly Line[];
}

const SCENARIOS: Record<string, Scenario> = {
  'critical in a service hides lesser alerts of the same event': {
    fires: ['critical PerfBudgetBurn1h service=s event=e'],
    hides: [
      'warning PerfBudgetBurn1d service=s event=e',
      'info OfSomebodyElse service=s event=e',
      'warning PerfErrorRateHigh service=s event=e instance=a',
    ],
    not: [
      'warning PerfBudgetBurn1d service=s event=other',
      'warning PerfErrorRateHigh service=other event=e',
      'critical PerfThroughputAbsent service=s event=e',
      'warning PerfGcShareHigh service=s instance=a',
      'warning OfSomebodyElse service=s',
    ],
  },
  'critical of an instance hides lesser alerts of the event of the instance and of the service': {
    fires: ['critical PerfSlaBroken service=s event=e instance=a'],
    hides: [
      'warning PerfErrorRateHigh service=s event=e instance=a',
      'warning PerfLatencyAnomaly service=s event=e',
    ],
    not: [
      'warning PerfErrorRateHigh service=s event=e instance=b',
      'warning PerfErrorRateHigh service=s event=other instance=a',
      'warning PerfGcShareHigh service=s instance=a',
    ],
  },
  'critical about no event hides no warning': {
    fires: ['critical PerfEventLoopStalled service=s instance=a', 'critical PerfRulesFailing instance=a'],
    not: [
      'warning PerfGcShareHigh service=s instance=a',
      'warning PerfErrorRateHigh service=s event=e instance=a',
      'warning PerfRulesLate instance=a',
      'warning PerfGrafanaDown',
    ],
  },
  'outside of Kubernetes, where there is no service, critical hides lesser alerts of the same event': {
    fires: ['critical PerfSlaBroken event=e instance=a'],
    hides: ['warning PerfErrorRateHigh event=e instance=a'],
    not: ['warning PerfErrorRateHigh event=other instance=a', 'warning PerfGcShareHigh instance=a'],
  },
  'a dead target hides whatever is said of it, and nothing that is said of its service': {
    fires: ['critical PerfTargetDown service=s instance=a'],
    hides: [
      'critical PerfSlaBroken service=s event=e instance=a',
      'warning PerfMemoryGrowing service=s instance=a',
      'info OfSomebodyElse service=s event=e instance=a',
    ],
    not: [
      'critical PerfTargetDown service=s instance=b',
      'critical PerfSlaBroken service=s event=e instance=c',
      'critical PerfBudgetBurn1h service=s event=e2',
      'critical PerfThroughputAbsent service=s event=e3',
      'warning PerfThroughputCollapsed service=s event=e4',
      'warning PerfGrafanaDown',
      'none Watchdog',
      'none PerfTest instance=a',
    ],
  },
  'a service that is gone hides what is said of it': {
    fires: ['critical PerfServiceGone service=s'],
    hides: [
      'critical PerfBudgetBurn1h service=s event=e',
      'warning PerfBudgetBurn3d service=s event=e',
      'critical PerfTargetDown service=s instance=a',
    ],
    not: ['critical PerfBudgetBurn1h service=other event=e', 'critical PerfFleetDown'],
  },
  'no aggregation worker hides what they said': {
    fires: ['critical PerfFleetDown'],
    hides: ['warning PerfFleetTargetsSetAside instance=a', 'warning PerfRolloutStuck service=s'],
    not: ['critical PerfFleetRoundsStopped instance=a', 'warning PerfGrafanaDown'],
  },
  'an aggregation worker that asks nobody hides what it says of pods': {
    fires: ['critical PerfFleetRoundsStopped instance=a'],
    hides: ['warning PerfFleetRoundsLate instance=a', 'warning PerfFleetFindsNoPods instance=a'],
    not: [
      'warning PerfFleetRoundsLate instance=b',
      'warning PerfRolloutFailed service=s',
      'warning PerfGcShareHigh service=s instance=a',
    ],
  },
  'the worse form of an alert hides the lesser': {
    fires: [
      'critical PerfEventLoopStalled service=s instance=a',
      'critical PerfRecordsLost service=s instance=a',
    ],
    hides: [
      'warning PerfEventLoopStalling service=s instance=a',
      'warning PerfRecordsOverwritten service=s instance=a',
    ],
    not: [
      'warning PerfEventLoopStalling service=s instance=b',
      'warning PerfRecordsOverwritten service=s instance=b',
    ],
  },
};

describe('inhibition', () => {
  it.each(Object.entries(SCENARIOS))('%s', async (name, { fires, hides = [], not }) => {
    const namespace = `of-${Object.keys(SCENARIOS).indexOf(name)}`;
    const lines = [...fires, ...hides, ...not];
    await alertmanager.fire(...lines.map((line) => labelsOf(line, namespace)));

    // The webhook is for critical and warning.
    const people = [...fires, ...not].filter((line) => /^(critical|warning) /.test(line));
    await eventually(
      'people to be told',
      async () => {
        const missing = people.filter((line) => !told(people, namespace).includes(line));
        if (missing.length > 0) throw new Error(`nobody was told of ${missing.join(', ')}`);
        return true;
      },
      10,
    );
    expect(told(hides, namespace)).toEqual([]);
    expect(await hidden(lines, namespace)).toEqual(hides);
  });

  it('stays within a namespace', async () => {
    const target = 'warning PerfLatencyAnomaly service=s event=e instance=a';
    await alertmanager.fire(labelsOf('critical PerfSlaBroken service=s event=e instance=a', 'one'));
    await alertmanager.fire(labelsOf('critical PerfTargetDown service=s instance=a', 'one'));
    await alertmanager.fire(labelsOf('critical PerfFleetDown', 'one'));
    const lines = [target, 'warning PerfRolloutStuck service=s'];
    await alertmanager.fire(...lines.map((line) => labelsOf(line, 'another')));
    await eventually('people to be told', async () => told(lines, 'another').length === 2 || undefined, 10);

    expect(await hidden(lines, 'another')).toEqual([]);
  });

  it('tells of a warning when the critical alert that hid it is over', async () => {
    const namespace = 'of-the-end';
    const critical = labelsOf('critical PerfSlaBroken service=s event=e', namespace);
    const warning = labelsOf('warning PerfLatencyAnomaly service=s event=e', namespace);
    await alertmanager.fire(critical, warning);
    await eventually('the critical alert to be told', async () => alertmanager.notifications(critical)[0]);
    expect(await hidden(['warning PerfLatencyAnomaly service=s event=e'], namespace)).toHaveLength(1);
    expect(alertmanager.notifications(warning)).toEqual([]);

    await alertmanager.resolve(critical);
    const notification = await eventually(
      'the warning to be told',
      async () => alertmanager.notifications(warning)[0],
    );
    expect(notification).toMatchObject({ status: 'firing', receiver: 'warning' });
  });
});
