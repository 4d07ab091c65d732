import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import { PerfMetricsError } from '../contract/errors.ts';
import type { FleetStatistics } from '../contract/fleet.ts';
import type { FleetOptions } from '../contract/fleet-options.ts';
import { connectKubernetes } from '../kubernetes/client.ts';
import { DirectoryLease } from './leadership/directory-lease.ts';
import { KubernetesLease } from './leadership/kubernetes-lease.ts';
import { LEASE_MILLIS, Leadership } from './leadership/leadership.ts';
import type { RolloutLog } from './log.ts';
import { RolloutController } from './rollout-controller.ts';
import { registerRolloutMetrics } from './rollout-metrics.ts';
import { DirectoryStore } from './store/directory-store.ts';
import { KubernetesStore } from './store/kubernetes-store.ts';

type Options = Pick<FleetOptions, 'rollout' | 'rolloutName' | 'rolloutDirectory' | 'namespace'>;

/**
 * The rollout that the options of `perf-metrics fleet` ask for, not started yet, its metrics on the registry; null without one.
 *
 * @throws PerfMetricsError `PERF_ROLLOUT` when the directory is not named, `PERF_FLEET` without Kubernetes. A store that
 * cannot be reached is no error: the rollout holds until it can.
 */
export async function createRollout(
  options: Options,
  log: RolloutLog,
  fleet: () => FleetStatistics | null,
  registry: Registry,
): Promise<RolloutController | null> {
  if (options.rollout === 'off') return null;
  // In a pod the host's name is the pod's; the rest tells apart what runs under one name in turn.
  const identity = `${hostname()}_${randomUUID()}`;
  const parts =
    options.rollout === 'directory'
      ? inDirectory(options.rolloutDirectory)
      : await inKubernetes(options, identity, log);
  const leadership = new Leadership({ lease: parts.lease, identity, log });
  const controller = new RolloutController({ ...parts, leadership, fleet, log });
  registerRolloutMetrics(registry, controller);
  return controller;
}

function inDirectory(directory: string) {
  if (directory === '') {
    throw new PerfMetricsError(
      'PERF_ROLLOUT',
      'say where the rollout keeps its state: --rollout-directory DIR, which perf-metrics rollout init makes',
    );
  }
  return { store: new DirectoryStore(directory), lease: new DirectoryLease(directory) };
}

async function inKubernetes(
  { rolloutName: name, namespace: given }: Options,
  identity: string,
  log: RolloutLog,
) {
  const kubernetes = await connectKubernetes();
  const namespace = given === '' || given === '*' ? kubernetes.namespace : given;
  const store = new KubernetesStore({ kubernetes, namespace, name, log });
  return {
    store,
    lease: new KubernetesLease({ kubernetes, namespace, name, leaseMillis: LEASE_MILLIS }),
    announce: (decision: Parameters<KubernetesStore['announce']>[0]) => store.announce(decision, identity),
  };
}
