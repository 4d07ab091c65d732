import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutStatus } from '../../src/contract/rollout.ts';
import { eventually } from '../support/programs.ts';
import { createNamespace, deleteNamespace, kubectl, kubectlApply, podNames, throughPort } from './cluster.ts';
import { explainFailures } from './explain.ts';
import {
  DEMO_SELECTOR,
  FLEET_SELECTOR,
  fleetAnswer,
  fleetText,
  fleetUntil,
  installFleet,
  QUICK_SPEC,
  rolloutAlerts,
  STEP_SECONDS,
} from './fleet-pods.ts';

const ROLLOUT = 'perf-metrics-rollout';

async function leader(namespace: string): Promise<string> {
  const path = 'jsonpath={.spec.holderIdentity}';
  return await kubectl('-n', namespace, 'get', 'lease', ROLLOUT, '-o', path);
}

async function leadingPod(namespace: string): Promise<string> {
  const holder = await leader(namespace);
  const pods = await podNames(namespace, FLEET_SELECTOR);
  const pod = pods.find((name) => holder.startsWith(name));
  if (pod === undefined) throw new Error(`the lease is held by ${JSON.stringify(holder)}, pods: ${pods}`);
  return pod;
}

function decisionsOf({ decisions }: RolloutStatus): string[] {
  return decisions.map(({ decision, from, to }) => `${decision} ${from} to ${to}`).reverse();
}

describe('a rollout over demo pods', () => {
  let namespace = '';
  explainFailures(() => namespace);
  beforeAll(async () => {
    namespace = await createNamespace('perf-rollout');
    await kubectlApply(namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'perf-metrics-token' },
      stringData: { token: 'a-token-of-this-test-only' },
    });
    const token = { existingSecret: 'perf-metrics-token' };
    await installFleet(namespace, QUICK_SPEC, { demoPods: 7, fleetPods: 2 }, { token });
  });
  afterAll(async () => {
    await deleteNamespace(namespace);
  });

  it('finds the pods, keeps them disabled for the baseline, and goes to 10 %', async () => {
    const baseline = await fleetUntil(
      namespace,
      'all pods, disabled',
      ({ round, pods, rollout }) =>
        round.merged === 7 &&
        rollout?.phase === 'baseline' &&
        pods.every(({ figures }) => figures?.enabled === false && figures.offered > 0),
      60,
    );
    expect(baseline.overall.events.every(({ count }) => count === 0)).toBe(true);
    const { pods, rollout } = await fleetUntil(
      namespace,
      'the first step in force',
      ({ rollout }) => rollout?.step === 0 && rollout.pods.inStep === 7,
      STEP_SECONDS,
    );
    const control = new Set(rollout?.control);
    expect(control.size).toBe(3);
    for (const { figures } of pods) {
      expect(figures?.enabled).toBe(!control.has(figures?.instance ?? ''));
      if (figures?.enabled) expect(figures.rate).toBeCloseTo(0.1, 6);
      expect(figures?.generation).toBe(rollout?.generation);
    }
  });

  it('goes on at the same step when the leader is killed', async () => {
    const { rollout: before } = await fleetAnswer(namespace);
    const killed = await leadingPod(namespace);
    await kubectl('-n', namespace, 'delete', 'pod', killed, '--grace-period=0', '--force');
    const holder = await eventually(
      'another leader',
      async () => {
        const now = await leader(namespace);
        return now === '' || now.startsWith(killed) ? undefined : now;
      },
      60,
    );
    const { rollout } = await fleetUntil(namespace, 'its status', ({ rollout }) => rollout !== null, 30);
    expect(holder.startsWith(killed)).toBe(false);
    expect(rollout?.step).toBeGreaterThanOrEqual(before?.step ?? 0);
    expect(rollout?.decisions.at(-1)).toEqual(before?.decisions.at(-1));
  });

  it('merges a pod that takes the place of another, and its total does not fall', async () => {
    const before = await fleetAnswer(namespace);
    const [victim = ''] = await podNames(namespace, DEMO_SELECTOR);
    await kubectl('-n', namespace, 'delete', 'pod', victim, '--grace-period=0', '--force');
    const after = await fleetUntil(
      namespace,
      'the new pod',
      ({ round, pods }) => round.merged === 7 && pods.every(({ name }) => name !== victim),
      120,
    );
    for (const event of before.overall.events) {
      const now = after.overall.events.find((one) => one.event === event.event);
      expect(now?.count).toBeGreaterThanOrEqual(event.count);
    }
  });

  it('pauses and resumes for who has the token, and for nobody else', async () => {
    await throughPort(namespace, `pod/${await leadingPod(namespace)}`, 9465, async (url) => {
      const ask = async (verb: string, token?: string): Promise<number> => {
        const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const response = await fetch(`${url}/rollout/${verb}`, { method: 'POST', headers });
        await response.arrayBuffer();
        return response.status;
      };
      expect(await ask('pause')).toBe(401);
      expect(await ask('pause', 'another-token-than-that')).toBe(401);
      expect(await ask('pause', 'a-token-of-this-test-only')).toBe(200);
      await fleetUntil(namespace, 'the pause', ({ rollout }) => rollout?.phase === 'paused', 30);
      expect(await ask('resume', 'a-token-of-this-test-only')).toBe(200);
      await fleetUntil(namespace, 'the end of the pause', ({ rollout }) => rollout?.phase !== 'paused', 30);
    });
  });

  it(
    'goes over 50 % to 100 %, and measures every pod in the end',
    async () => {
      const { rollout, pods } = await fleetUntil(
        namespace,
        'the end of the rollout',
        ({ rollout, pods }) =>
          rollout?.phase === 'complete' &&
          pods.every(
            ({ figures }) =>
              figures?.rate === 1 && figures.enabled && figures.generation === rollout.generation,
          ),
        3 * STEP_SECONDS,
      );
      expect(pods).toHaveLength(7);
      expect(rollout?.control).toEqual([]);
      const steps = decisionsOf(rollout as RolloutStatus).filter(
        (line) => !/^(pause|resume|start)/.test(line),
      );
      expect(steps).toEqual(['advance -1 to 0', 'advance 0 to 1', 'advance 1 to 2', 'complete 2 to 2']);
      expect(rollout?.gates.map(({ verdict }) => verdict)).not.toContain('fail');
    },
    4 * STEP_SECONDS * 1e3,
  );

  it('tells each decision as an Event, a metric, a log line and a row of the status', async () => {
    const fields = ['-o', 'jsonpath={range .items[*]}{.reason}{"\\n"}{end}'];
    const object = `involvedObject.name=${ROLLOUT}-spec`;
    const events = await kubectl('-n', namespace, 'get', 'events', '--field-selector', object, ...fields);
    expect(events.split('\n').filter((reason) => reason === 'Advanced')).toHaveLength(3);
    expect(events).toContain('Completed');
    const log = await kubectl('-n', namespace, 'logs', await leadingPod(namespace));
    expect(log).toMatch(/"decision":"complete"/);
    await throughPort(namespace, `pod/${await leadingPod(namespace)}`, 9465, async (url) => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^perf_rollout_decisions_total\{decision="complete"\} 1$/m);
      expect(metrics).toMatch(/^perf_rollout_step 2$/m);
      expect(metrics).toMatch(/^perf_rollout_phase\{phase="complete"\} 1$/m);
      expect(metrics).toMatch(/^perf_rollout_leader 1$/m);
    });
    expect(await fleetText(namespace, '/report')).toMatch(/complete/);
  });

  it('fired no alert about the rollout', async () => {
    expect(await rolloutAlerts(namespace)).toEqual([]);
  });

  it('reaches every pod with the master switch', async () => {
    const spec = JSON.stringify({ data: { 'spec.yaml': JSON.stringify({ ...QUICK_SPEC, enabled: false }) } });
    await kubectl('-n', namespace, 'patch', 'configmap', `${ROLLOUT}-spec`, '--type=merge', '-p', spec);
    const { rollout } = await fleetUntil(
      namespace,
      'all pods disabled',
      ({ pods }) => pods.every(({ figures }) => figures?.enabled === false),
      STEP_SECONDS,
    );
    expect(rollout?.phase).toBe('disabled');
  });
});
