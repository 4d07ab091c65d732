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

/** Which of the alerts are hidden once Alertmanager has judged all of them. */
async function hidden(lines: readonly Line[], namespace: string): Promise<Line[]> {
  return await eventually('every alert to be judged', async () => {
    const states = await Promise.all(
      lines.map(async (line) => {
        const wanted = JSON.stringify(Object.entries(labelsOf(line, namespace)).sort());
        const alerts = await alertmanager.alerts({ namespace });
        return alerts.find(({ labels }) => JSON.stringify(Object.entries(labels).sort()) === wanted)?.status
          .state;
      }),
    );
    if (states.some((state) => state === undefined || state === 'unprocessed')) return undefined;
    return lines.filter((_line, i) => states[i] === 'suppressed');
  });
}

interface Scenario {
  readonly fires: readonly Line[];
  readonly hides?: readonly Line[];
  readonly not?: readonly Line[];
}

const SCENARIOS: Record<string, Scenario> = {
  'critical in a service hides lesser alerts of the same event': {
    fires: ['critical PerfBudgetBurn service=s event=e'],
    hides: [
      'warning PerfBudgetBurn service=s event=e',
      'info PerfAnomaly service=s event=e',
      'warning PerfAnomaly service=s event=e instance=a',
    ],
    not: [
      'warning PerfAnomaly service=s event=other',
      'warning PerfAnomaly service=other event=e',
      'critical PerfErrorRateHigh service=s event=e',
      'warning PerfGcShareHigh service=s instance=a',
      'warning PerfGcShareHigh service=s',
    ],
  },
  'critical of an instance hides lesser alerts of the event of the instance and of the service': {
    fires: ['critical PerfSlaBroken service=s event=e instance=a'],
    hides: ['warning PerfAnomaly service=s event=e instance=a', 'warning PerfBudgetBurn service=s event=e'],
    not: [
      'warning PerfAnomaly service=s event=e instance=b',
      'warning PerfAnomaly service=s event=other instance=a',
      'warning PerfGcShareHigh service=s instance=a',
    ],
  },
  'critical about no event hides no warning': {
    fires: ['critical PerfEventLoopStalled service=s instance=a', 'critical PerfRulesFailing instance=a'],
    not: [
      'warning PerfGcShareHigh service=s instance=a',
      'warning PerfAnomaly service=s event=e instance=a',
      'warning PerfRulesLate instance=a',
      'warning PerfGrafanaDown',
    ],
  },
  'outside of Kubernetes, where there is no service, critical hides lesser alerts of the same event': {
    fires: ['critical PerfSlaBroken event=e instance=a'],
    hides: ['warning PerfAnomaly event=e instance=a'],
    not: ['warning PerfAnomaly event=other instance=a', 'warning PerfGcShareHigh instance=a'],
  },
  'a dead target hides whatever is said of it': {
    fires: ['critical PerfTargetDown service=s instance=a'],
    hides: [
      'critical PerfSlaBroken service=s event=e instance=a',
      'warning PerfMemoryGrowing service=s instance=a',
      'info PerfAnomaly service=s event=e instance=a',
    ],
    not: [
      'critical PerfTargetDown service=s instance=b',
      'critical PerfSlaBroken service=s event=e instance=b',
      'critical PerfBudgetBurn service=s event=e',
      'critical PerfThroughputAbsent service=s event=e',
      'warning PerfGrafanaDown',
      'none Watchdog',
      'none PerfTest instance=a',
    ],
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
  it.each(Object.entries(SCENARIOS))('%s', async (name, { fires, hides = [], not = [] }) => {
    const namespace = `of-${Object.keys(SCENARIOS).indexOf(name)}`;
    const lines = [...fires, ...hides, ...not];
    await alertmanager.fire(...lines.map((line) => labelsOf(line, namespace)));

    expect(await hidden(lines, namespace)).toEqual(hides);
  });

  it('stays within a namespace', async () => {
    const target = 'warning PerfAnomaly service=s event=e instance=a';
    await alertmanager.fire(labelsOf('critical PerfSlaBroken service=s event=e instance=a', 'one'));
    await alertmanager.fire(labelsOf('critical PerfTargetDown service=s instance=a', 'one'));
    await alertmanager.fire(labelsOf('critical PerfFleetDown', 'one'));
    const lines = [target, 'warning PerfRolloutStuck service=s'];
    await alertmanager.fire(...lines.map((line) => labelsOf(line, 'another')));

    expect(await hidden(lines, 'another')).toEqual([]);
  });

  it('tells of a warning when the critical alert that hid it is over', async () => {
    const namespace = 'of-the-end';
    const critical = labelsOf('critical PerfSlaBroken service=s event=e', namespace);
    const warning = labelsOf('warning PerfAnomaly service=s event=e', namespace);
    await alertmanager.fire(critical, warning);
    await eventually('the critical alert to be told', async () => alertmanager.notifications(critical)[0]);
    expect(await hidden(['warning PerfAnomaly service=s event=e'], namespace)).toHaveLength(1);
    expect(alertmanager.notifications(warning)).toEqual([]);

    await alertmanager.resolve(critical);
    const notification = await eventually(
      'the warning to be told',
      async () => alertmanager.notifications(warning)[0],
    );
    expect(notification).toMatchObject({ status: 'firing', receiver: 'warning' });
  });
});
