import { expect, it } from 'vitest';
import { EVERYTHING, named, podsOf, rendered } from './render.ts';

it('keeps its own labels, by which objects find one another, whatever the common labels say', () => {
  const commonLabels = { 'app.kubernetes.io/component': 'monitoring', team: 'payments' };
  for (const { kind, metadata } of rendered({ mode: 'operator', commonLabels })) {
    expect(metadata.labels?.team, `${kind} ${metadata.name}`).toBe('payments');
    expect(metadata.labels?.['app.kubernetes.io/component']).not.toBe('monitoring');
  }
});

it('puts every pod, the demo’s and those of the tests among them, where the chart as a whole may run', () => {
  const nodeSelector = { pool: 'monitoring' };
  const tolerations = [{ key: 'monitoring', operator: 'Exists' }];
  const fleet = { nodeSelector: { pool: 'fast' } };
  const pods = podsOf(
    rendered({ demo: { enabled: true }, loadtest: { enabled: true }, nodeSelector, tolerations, fleet }),
  );
  expect(pods.length).toBeGreaterThanOrEqual(7);
  for (const { workload, spec } of pods) {
    expect(spec.nodeSelector, workload).toEqual(
      workload.endsWith('-fleet') ? fleet.nodeSelector : nodeSelector,
    );
    expect(spec.tolerations, workload).toEqual(tolerations);
  }
});

it('deletes the oldest history before its volume is full', () => {
  const limit = (persistence: object): string | undefined => {
    const fleet = named(rendered({ fleet: { persistence } }), 'Deployment', 'perf-metrics-fleet');
    const environment = podsOf([fleet]).flatMap(({ spec }) => spec.containers[0]?.env ?? []);
    return environment.find(({ name }) => name === 'PERF_FLEET_HISTORY_MAX_MEBIBYTES')?.value;
  };
  expect(limit({})).toBe('4096');
  expect(limit({ size: '1Gi' })).toBe('819');
  expect(limit({ size: '500Mi' })).toBe('400');
  // Of a volume that the chart does not make it knows no size.
  expect(limit({ existingClaim: 'mine' })).toBeUndefined();
});

it('takes the pod of helm test away, whether it passed or not', () => {
  const pod = named(rendered({}), 'Pod', 'perf-metrics-test');
  expect(pod.metadata.annotations?.['helm.sh/hook-delete-policy']?.split(',')).toEqual(
    expect.arrayContaining(['hook-succeeded', 'hook-failed']),
  );
});

it('writes no secret of its receivers into a ConfigMap: they are read from files', () => {
  for (const { kind, data = {} } of rendered(EVERYTHING)) {
    if (kind !== 'ConfigMap') continue;
    const text = Object.values(data).join('\n');
    expect(text).not.toMatch(
      /^\s*(service_key|routing_key|auth_password|bearer_token|password|credentials|token|api_url):/m,
    );
  }
});
