import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/programs.ts';
import { createNamespace, deleteNamespace, kubectl, kubectlJson } from './cluster.ts';
import { explainFailures } from './explain.ts';
import { deploy, helm, RELEASE } from './helm.ts';

const RATE = 20;
const SECONDS = 5;
const VALUES = {
  // Candles of k6 alone.
  demo: { enabled: true, replicas: 1, rate: 0 },
  fleet: { persistence: { enabled: false } },
  prometheus: { persistence: { enabled: false } },
  alertmanager: { enabled: false },
  grafana: { enabled: false },
};
const LOADTEST = { enabled: true, rate: RATE, duration: `${SECONDS}s` };

interface Job {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

describe('the load test of the chart', () => {
  let namespace = '';
  explainFailures(() => namespace);
  beforeAll(async () => {
    namespace = await createNamespace('perf-loadtest');
  });
  afterAll(async () => {
    await deleteNamespace(namespace);
  });

  const jobs = async (): Promise<readonly Job[]> =>
    (await kubectlJson<{ items: Job[] }>('-n', namespace, 'get', 'jobs')).items;

  /** How the one Job ends that this revision of the release has, and what k6 has said. */
  async function result(revision: number): Promise<{ end: string; log: string }> {
    const name = `${RELEASE}-loadtest-${revision}`;
    const end = await eventually(
      `the end of ${name}`,
      async () => {
        const [job, ...others] = await jobs();
        if (others.length > 0 || job?.metadata.name !== name) return undefined;
        return job.status.conditions?.find(
          ({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True',
        )?.type;
      },
      240,
    );
    return { end, log: await kubectl('-n', namespace, 'logs', `job/${name}`) };
  }

  it('runs beside an installation that has just begun, sends every request when it is due, and has each answered', async () => {
    await deploy('install', namespace, { ...VALUES, loadtest: LOADTEST });
    const { end, log } = await result(1);
    expect(log).toMatch(/✓ 'count==0' count=0\b/);
    expect(log).toMatch(/dropped_iterations\.+: 0 /);
    expect(log).toMatch(/http_req_failed\.+: 0\.00%/);
    // The last one may be due just when the time is over.
    expect([RATE * SECONDS, RATE * SECONDS + 1]).toContain(Number(/\biterations\.+: (\d+)/.exec(log)?.[1]));
    expect(end).toBe('Complete');
  });

  it('runs again with the next upgrade, and fails when the service is slower than it may be', async () => {
    // Less than the pipeline itself takes for its slowest candles.
    await deploy('upgrade', namespace, { ...VALUES, loadtest: { ...LOADTEST, p99Millis: 1 } });
    const { end, log } = await result(2);
    expect(log).toMatch(/✗ 'p\(99\)<=1' p\(99\)=/);
    expect(log).toMatch(/http_req_failed\.+: 0\.00%/);
    expect(end).toBe('Failed');
  });

  it('goes with the release', async () => {
    await helm('uninstall', RELEASE, '--namespace', namespace);
    await eventually('the Job to be gone', async () => (await jobs()).length === 0 || undefined, 60);
  });
});
