import type { KubeConfig } from '@kubernetes/client-node';
import { PerfMetricsError, thrownText } from '../contract/errors.ts';

type Library = typeof import('@kubernetes/client-node');

/** A connection to a Kubernetes API server: the library, and where it is pointed at. */
export interface Kubernetes {
  readonly library: Library;
  readonly config: KubeConfig;
  /** Of the pod that this runs in, or of the current context. */
  readonly namespace: string;
}

/**
 * Connects as kubectl would: the pod's service account in a cluster, else `$KUBECONFIG` or `~/.kube/config`. The library is
 * loaded only here: who does not use Kubernetes does not pay for it.
 *
 * @throws PerfMetricsError `PERF_FLEET` when the library is not installed or there is no cluster to talk to.
 */
export async function connectKubernetes(): Promise<Kubernetes> {
  const library = await import('@kubernetes/client-node').catch((error: unknown) => {
    throw new PerfMetricsError(
      'PERF_FLEET',
      `Kubernetes needs the package @kubernetes/client-node (npm install @kubernetes/client-node): ${thrownText(error)}`,
      { cause: error },
    );
  });
  const config = new library.KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    throw new PerfMetricsError(
      'PERF_FLEET',
      `the Kubernetes configuration cannot be read (KUBECONFIG): ${thrownText(error)}`,
      { cause: error },
    );
  }
  const cluster = config.getCurrentCluster();
  // What the library settles for when it finds nothing.
  const isGuess =
    config.getCurrentContext() === 'loaded-context' && cluster?.server === 'http://localhost:8080';
  if (cluster === null || isGuess) {
    throw new PerfMetricsError(
      'PERF_FLEET',
      'there is no Kubernetes to talk to: run in a pod with a service account, or set KUBECONFIG; without Kubernetes, fleet takes --target and rollout --state-dir',
    );
  }
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  return { library, config, namespace };
}
