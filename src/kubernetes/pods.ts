import type {
  CoreV1Api,
  KubernetesObject,
  RequestContext,
  ResponseContext,
  V1Pod,
  V1PodList,
  V1Status,
  Watch,
} from '@kubernetes/client-node';
import type { Kubernetes } from './client.ts';
import { apiFailure } from './failure.ts';

const PAGE_PODS = 500;
const LIST_TIMEOUT_MILLIS = 10_000;

export interface PodsSettings {
  /** `'*'`: of all namespaces. */
  readonly namespace: string;
  /** A label selector, as kubectl takes it. */
  readonly selector: string;
}

export interface PodChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly pod: V1Pod;
}

/**
 * How a watch ended: `silent` when nothing came for half a minute, after which it can go on where it was; `expired` when
 * the server no longer has what came since (410); `closed` by the server, as happens to each after a while.
 */
export type WatchEnd = 'silent' | 'expired' | 'closed';

/** The pods of a selector: all of them, and what becomes of them. Every request ends: by itself, in time, or with `signal`. */
export class Pods {
  private readonly library: Kubernetes['library'];
  private readonly settings: PodsSettings;
  private readonly signal: AbortSignal;
  private readonly api: CoreV1Api;
  private readonly watcher: Watch;
  /** Of the last change that was seen. */
  private version = '';

  constructor({ library, config }: Kubernetes, settings: PodsSettings, signal: AbortSignal) {
    this.library = library;
    this.settings = settings;
    this.signal = signal;
    this.api = config.makeApiClient(library.CoreV1Api);
    this.watcher = new library.Watch(config);
  }

  async list(): Promise<V1Pod[]> {
    const pods: V1Pod[] = [];
    let page: V1PodList | undefined;
    do {
      page = await this.page(page?.metadata?._continue);
      pods.push(...page.items);
    } while (page.metadata?._continue);
    this.version = page.metadata?.resourceVersion ?? '';
    return pods;
  }

  private page(from: string | undefined): Promise<V1PodList> {
    const { namespace, selector } = this.settings;
    const request = {
      labelSelector: selector,
      limit: PAGE_PODS,
      ...(from === undefined ? {} : { _continue: from }),
    };
    const options = this.timeLimit();
    return namespace === '*'
      ? this.api.listPodForAllNamespaces(request, options)
      : this.api.listNamespacedPod({ ...request, namespace }, options);
  }

  /** The library has no option for it, and waits for five minutes. */
  private timeLimit(): Parameters<CoreV1Api['listNamespacedPod']>[1] {
    const signal = AbortSignal.any([AbortSignal.timeout(LIST_TIMEOUT_MILLIS), this.signal]);
    const { Observable } = this.library;
    const pre = (context: RequestContext) => {
      context.setSignal(signal);
      return new Observable(Promise.resolve(context));
    };
    const post = (context: ResponseContext) => new Observable(Promise.resolve(context));
    return { middleware: [{ pre, post }], middlewareMergeStrategy: 'append' };
  }

  /**
   * Tells of what happened since the last change that was seen, and goes on for at most `seconds`. `onOpen`: the server
   * has agreed. The library ends a watch of which nothing came for 30 s, and so one whose connection hangs as well.
   *
   * @throws what the server or the connection objected to; see `apiFailure`.
   */
  watch(seconds: number, onOpen: () => void, onChange: (change: PodChange) => void): Promise<WatchEnd> {
    const { namespace, selector } = this.settings;
    const path =
      namespace === '*' ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    const query = {
      labelSelector: selector,
      resourceVersion: this.version,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.ceil(seconds),
    };
    return new Promise((resolve, reject) => {
      let connection: AbortController | undefined;
      let hasEnded = false;
      const abort = (): void => connection?.abort();
      const end = (thrown: unknown): void => {
        hasEnded = true;
        this.signal.removeEventListener('abort', abort);
        if (thrown === null) resolve('closed');
        else if (apiFailure(thrown).status === 410) resolve('expired');
        else if (connection !== undefined && (thrown as Error).name === 'TimeoutError') resolve('silent');
        else reject(thrown);
      };
      const onEvent = (type: string, object: KubernetesObject & V1Status): void => {
        if (type === 'ERROR') {
          end(Object.assign(new Error(object.message ?? 'the watch failed'), { statusCode: object.code }));
          abort();
          return;
        }
        if (type !== 'BOOKMARK') onChange({ type: type as PodChange['type'], pod: object as V1Pod });
        this.version = object.metadata?.resourceVersion ?? this.version;
      };
      this.watcher.watch(path, query, onEvent, end).then((controller) => {
        if (hasEnded) return;
        connection = controller;
        this.signal.addEventListener('abort', abort);
        if (this.signal.aborted) abort();
        else onOpen();
      }, end);
    });
  }
}
