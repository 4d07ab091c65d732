import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { monotonicMillis } from '../../contract/clock.ts';
import type { Target } from '../../contract/fleet.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { apiFailure } from '../../kubernetes/failure.ts';
import { type PodChange, Pods, type PodsSettings } from '../../kubernetes/pods.ts';
import type { Discovery, DiscoverySettings } from './discovery.ts';
import { podTarget } from './pod-target.ts';

const RELIST_SECONDS = 300;
const FIRST_RETRY_MILLIS = 1000;
const LAST_RETRY_MILLIS = 30_000;
/** A watch that lasted this long had no trouble: the next retry is an early one. */
const STABLE_MILLIS = 5000;
/** Changes of many pods at once are told once. */
const GATHER_MILLIS = 50;

export interface KubernetesDiscoverySettings extends DiscoverySettings, PodsSettings {
  readonly kubernetes: Kubernetes;
  /** The label whose value is a pod's service. */
  readonly serviceLabel: string;
  /** Of pods without a container port named `perf-metrics`. */
  readonly podPort: number;
}

/**
 * The running pods of a label selector: a list, then a watch, and a new list when that ends and every five minutes. An
 * API server that is away leaves the last list in force, is tried again after 1 s to 30 s, and is reported once.
 *
 * The library's informer does most of this, but ends on errors, and waits for up to 30 s after a quiet watch has ended.
 */
export class KubernetesDiscovery implements Discovery {
  private readonly settings: KubernetesDiscoverySettings;
  private readonly pods: Pods;
  private readonly stopping = new AbortController();
  private targets = new Map<string, Target>();
  /** The statuses that were reported since the last watch that worked. */
  private readonly reported = new Set<number>();
  private retryMillis = FIRST_RETRY_MILLIS;
  /** When the watch after the latest list began; NaN when it did not. */
  private openedAt = Number.NaN;
  private gathering: NodeJS.Timeout | undefined;

  constructor(settings: KubernetesDiscoverySettings) {
    this.settings = settings;
    this.pods = new Pods(settings.kubernetes, settings, this.stopping.signal);
  }

  start(): Promise<void> {
    return new Promise((resolve) => void this.follow(resolve));
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.gathering);
  }

  private async follow(hasLooked: () => void): Promise<void> {
    while (!this.stopping.signal.aborted) {
      let hasFailed = false;
      this.openedAt = Number.NaN;
      try {
        await this.list();
        hasLooked();
        await this.watch();
      } catch (error) {
        hasFailed = true;
        hasLooked();
        this.report(error);
      }
      const isStable = monotonicMillis() - this.openedAt >= STABLE_MILLIS;
      if (isStable) this.retryMillis = FIRST_RETRY_MILLIS;
      if (hasFailed || !isStable) await this.pause();
    }
    // It may have been stopped before it looked.
    hasLooked();
  }

  private async list(): Promise<void> {
    const pods = await this.pods.list();
    const targets = pods.flatMap((pod) => this.targetOf(pod) ?? []);
    this.targets = new Map(targets.map((target) => [target.id, target]));
    this.tell();
  }

  /** Until the server ends it, or it is time for a new list. */
  private async watch(): Promise<void> {
    const until = monotonicMillis() + RELIST_SECONDS * 1e3;
    let end = 'silent';
    while (end === 'silent' && !this.stopping.signal.aborted) {
      const seconds = (until - monotonicMillis()) / 1e3;
      if (seconds <= 0) return;
      end = await this.pods.watch(
        seconds,
        () => this.onOpen(),
        (change) => this.onChange(change),
      );
    }
  }

  private onOpen(): void {
    if (Number.isNaN(this.openedAt)) this.openedAt = monotonicMillis();
    if (this.reported.size === 0) return;
    this.reported.clear();
    this.settings.log.info({ targets: this.targets.size }, 'pods are watched again');
  }

  private onChange({ type, pod }: PodChange): void {
    const target = type === 'DELETED' ? null : this.targetOf(pod);
    if (target !== null) this.targets.set(target.id, target);
    else if (!this.targets.delete(pod.metadata?.uid ?? '')) return;
    this.gathering ??= setTimeout(() => this.tell(), GATHER_MILLIS);
  }

  private targetOf(pod: V1Pod): Target | null {
    const { namespace, serviceLabel, podPort } = this.settings;
    return podTarget(pod, { serviceLabel, podPort, isClusterWide: namespace === '*' });
  }

  private tell(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (!this.stopping.signal.aborted) this.settings.onTargets([...this.targets.values()]);
  }

  /** Each kind of trouble once, until a watch works. */
  private report(error: unknown): void {
    const { namespace, selector, log } = this.settings;
    const { status, text } = apiFailure(error);
    if (this.stopping.signal.aborted || this.reported.has(status)) return;
    this.reported.add(status);
    const fields = { namespace, selector, status, problem: text, targets: this.targets.size };
    log.warn(
      fields,
      `pods cannot be watched: the last list stays in force, and it is tried again${this.hint(status)}`,
    );
  }

  private hint(status: number): string {
    if (status === 401)
      return '; the API server refuses the credentials: check the service account or the kubeconfig';
    if (status === 400) return '; check the selector';
    if (status !== 403) return '';
    return this.settings.namespace === '*'
      ? '; the service account needs a ClusterRole, bound to it, that allows list and watch of pods'
      : `; the service account needs a Role, bound to it, that allows list and watch of pods in the namespace ${this.settings.namespace}`;
  }

  private async pause(): Promise<void> {
    const millis = this.retryMillis * (0.5 + Math.random() / 2);
    this.retryMillis = Math.min(LAST_RETRY_MILLIS, this.retryMillis * 2);
    // Rejects when it is cut short by `stop`.
    await delay(millis, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
