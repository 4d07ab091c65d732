import type { CoordinationV1Api, V1Lease } from '@kubernetes/client-node';
import { inTime, mergePatch } from '../../kubernetes/calls.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { told } from '../kubernetes-calls.ts';
import type { Lease, LeaseRecord } from './lease.ts';

export interface KubernetesLeaseSettings {
  readonly kubernetes: Kubernetes;
  readonly namespace: string;
  readonly name: string;
  readonly leaseMillis: number;
}

/** A `coordination.k8s.io/v1` Lease, which exists already, written as client-go does: other tools can tell who leads. */
export class KubernetesLease implements Lease {
  private readonly kubernetes: Kubernetes;
  private readonly namespace: string;
  private readonly name: string;
  private readonly leaseMillis: number;
  private readonly api: CoordinationV1Api;
  private transitions = 0;

  constructor({ kubernetes, namespace, name, leaseMillis }: KubernetesLeaseSettings) {
    this.kubernetes = kubernetes;
    this.namespace = namespace;
    this.name = name;
    this.leaseMillis = leaseMillis;
    this.api = kubernetes.config.makeApiClient(kubernetes.library.CoordinationV1Api);
  }

  async read(): Promise<LeaseRecord> {
    const { namespace, name } = this;
    const lease = await told(this.object, 'read', () =>
      this.api.readNamespacedLease({ namespace, name }, this.inTime()),
    );
    return this.remember(lease);
  }

  async write(holder: string, seen: LeaseRecord): Promise<LeaseRecord> {
    const { namespace, name, kubernetes, leaseMillis } = this;
    const now = new kubernetes.library.V1MicroTime().toISOString();
    const isHandover = holder !== '' && holder !== seen.holder;
    // With the version in it, the patch is a compare-and-swap.
    const body = {
      metadata: { resourceVersion: seen.version },
      spec: {
        holderIdentity: holder,
        // The API takes whole seconds, at least one.
        leaseDurationSeconds: Math.max(1, Math.round(leaseMillis / 1000)),
        renewTime: now,
        ...(isHandover && { acquireTime: now, leaseTransitions: this.transitions + 1 }),
      },
    };
    const lease = await told(this.object, 'written', () =>
      this.api.patchNamespacedLease({ namespace, name, body }, this.inTime(mergePatch(kubernetes))),
    );
    return this.remember(lease);
  }

  private remember(lease: V1Lease): LeaseRecord {
    this.transitions = lease.spec?.leaseTransitions ?? 0;
    return {
      holder: lease.spec?.holderIdentity ?? '',
      version: lease.metadata?.resourceVersion ?? '',
    };
  }

  /** Short enough to try a renewal again before the lease is lost. */
  private inTime(headers: Readonly<Record<string, string>> = {}) {
    return inTime(this.kubernetes, this.leaseMillis / 5, headers);
  }

  private get object(): string {
    return `Lease ${this.namespace}/${this.name}`;
  }
}
