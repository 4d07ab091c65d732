import type { CoreV1Api, V1ConfigMap } from '@kubernetes/client-node';
import type { RolloutDecision, RolloutRequest } from '../../contract/rollout.ts';
import { inTime, mergePatch } from '../../kubernetes/calls.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { told } from '../kubernetes-calls.ts';
import type { RolloutLog } from '../log.ts';
import {
  checkSlot,
  parseRequest,
  type RolloutStore,
  type StoredOptions,
  type StoredState,
  storeRequest,
} from './rollout-store.ts';

const TIMEOUT_MILLIS = 5000;
/** A ConfigMap holds 1 MiB in all; keys, metadata and a request take some of it. */
const MAX_STATE_BYTES = 1_000_000;
const MAX_MESSAGE_BYTES = 1024;

type Part = 'spec' | 'status' | 'options';

export interface KubernetesStoreSettings {
  readonly kubernetes: Kubernetes;
  readonly namespace: string;
  readonly name: string;
  readonly log: RolloutLog;
}

/**
 * A rollout in three ConfigMaps, which exist already: `NAME-spec` (spec.yaml), `NAME-status` (status.json, evidence.json,
 * request.json) and `NAME-options` (options.yaml). Keys of others are left alone. What a leader writes names the
 * resourceVersion it has read, so that one which was deposed changes nothing.
 */
export class KubernetesStore implements RolloutStore {
  readonly specSource: string;
  readonly stateSource: string;
  private readonly kubernetes: Kubernetes;
  private readonly namespace: string;
  private readonly name: string;
  private readonly log: RolloutLog;
  private readonly api: CoreV1Api;
  private specUid: string | undefined;
  private isToldOfSize = false;

  constructor({ kubernetes, namespace, name, log }: KubernetesStoreSettings) {
    this.kubernetes = kubernetes;
    this.namespace = namespace;
    this.name = name;
    this.log = log;
    this.api = kubernetes.config.makeApiClient(kubernetes.library.CoreV1Api);
    this.specSource = `${this.objectOf('spec')} (spec.yaml)`;
    this.stateSource = `status.json and evidence.json in ${this.objectOf('status')}`;
  }

  async readSpec(): Promise<string | null> {
    const { data, metadata } = await this.read('spec');
    this.specUid = metadata?.uid;
    return data?.['spec.yaml'] ?? null;
  }

  async readState(): Promise<StoredState> {
    const { data, metadata } = await this.read('status');
    return {
      status: data?.['status.json'] ?? null,
      evidence: data?.['evidence.json'] ?? null,
      request: parseRequest(data?.['request.json']),
      version: metadata?.resourceVersion ?? '',
    };
  }

  async writeState(
    status: string,
    evidence: string,
    version: string,
    done: RolloutRequest | null = null,
  ): Promise<string> {
    const data = {
      'status.json': status,
      'evidence.json': this.fitting(status, evidence),
      // The version says that the request is the one that was read with the state.
      ...(done !== null && { 'request.json': null }),
    };
    const { metadata } = await this.patch('status', data, version);
    return metadata?.resourceVersion ?? '';
  }

  async writeRequest(request: RolloutRequest): Promise<void> {
    await storeRequest(async () => {
      const { request: pending, status, version } = await this.readState();
      checkSlot(pending, status, request);
      await this.patch('status', { 'request.json': JSON.stringify(request) }, version);
    });
  }

  async readOptions(): Promise<StoredOptions> {
    const { data, metadata } = await this.read('options');
    return { text: data?.['options.yaml'] ?? null, version: metadata?.resourceVersion ?? '' };
  }

  async writeOptions(text: string, version: string): Promise<void> {
    await this.patch('options', { 'options.yaml': text }, version);
  }

  /** A Kubernetes Event about the spec: `kubectl describe configmap NAME-spec` lists it. */
  async announce({ decision, reason, by, at }: RolloutDecision, identity: string): Promise<void> {
    const { namespace } = this;
    const time = new Date(at);
    const name = this.nameOf('spec');
    await told(`an Event in ${namespace}`, 'created', () =>
      this.api.createNamespacedEvent(
        {
          namespace,
          body: {
            metadata: { generateName: `${name}.`, namespace },
            involvedObject: {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              name,
              namespace,
              ...(this.specUid !== undefined && { uid: this.specUid }),
            },
            type: decision === 'roll_back' ? 'Warning' : 'Normal',
            reason: EVENT_REASONS[decision],
            message: cut(by === 'controller' ? reason : `${reason} (by ${by})`),
            firstTimestamp: time,
            lastTimestamp: time,
            count: 1,
            source: { component: 'perf-metrics' },
            reportingComponent: 'perf-metrics',
            reportingInstance: identity,
          },
        },
        inTime(this.kubernetes, TIMEOUT_MILLIS),
      ),
    );
  }

  /** Without evidence a successor measures the step anew, which is better than no rollout. */
  private fitting(status: string, evidence: string): string | null {
    const bytes = Buffer.byteLength(status) + Buffer.byteLength(evidence);
    if (bytes <= MAX_STATE_BYTES) return evidence;
    if (!this.isToldOfSize) {
      this.log.warn(
        { bytes },
        `${this.objectOf('status')} cannot hold what was measured: after a restart the step is measured anew`,
      );
    }
    this.isToldOfSize = true;
    return null;
  }

  private async read(part: Part): Promise<V1ConfigMap> {
    const { namespace } = this;
    return await told(this.objectOf(part), 'read', () =>
      this.api.readNamespacedConfigMap(
        { namespace, name: this.nameOf(part) },
        inTime(this.kubernetes, TIMEOUT_MILLIS),
      ),
    );
  }

  /** A merge patch that names the version: a compare-and-swap. A key whose value is null is deleted. */
  private async patch(
    part: Part,
    data: Readonly<Record<string, string | null>>,
    version: string,
  ): Promise<V1ConfigMap> {
    const { namespace } = this;
    const body = { metadata: { resourceVersion: version }, data };
    return await told(this.objectOf(part), 'written', () =>
      this.api.patchNamespacedConfigMap(
        { namespace, name: this.nameOf(part), body },
        inTime(this.kubernetes, TIMEOUT_MILLIS, mergePatch(this.kubernetes)),
      ),
    );
  }

  private nameOf(part: Part): string {
    return `${this.name}-${part}`;
  }

  private objectOf(part: Part): string {
    return `ConfigMap ${this.namespace}/${this.nameOf(part)}`;
  }
}

const EVENT_REASONS = {
  start: 'Started',
  advance: 'Advanced',
  roll_back: 'RolledBack',
  complete: 'Completed',
  disable: 'Disabled',
  enable: 'Enabled',
  pause: 'Paused',
  resume: 'Resumed',
  promote: 'Promoted',
  abort: 'Aborted',
  spec_changed: 'SpecChanged',
} as const satisfies Record<RolloutDecision['decision'], string>;

/** The API refuses longer messages. */
function cut(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= MAX_MESSAGE_BYTES ? message : `${bytes.toString('utf8', 0, MAX_MESSAGE_BYTES - 6)}…`;
}
