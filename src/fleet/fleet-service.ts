import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { monotonicMillis } from '../contract/clock.ts';
import type { FleetStatistics, Target } from '../contract/fleet.ts';
import type { FleetOptions } from '../contract/fleet-options.ts';
import type { RolloutHandle } from '../contract/rollout.ts';
import { connectKubernetes } from '../kubernetes/client.ts';
import type { Discovery } from './discovery/discovery.ts';
import { KubernetesDiscovery } from './discovery/kubernetes-discovery.ts';
import { StaticTargets } from './discovery/static-targets.ts';
import { TargetsFile } from './discovery/targets-file.ts';
import { FleetHistoryStore } from './history/fleet-history.ts';
import { MergeHost } from './merge-host.ts';
import { FleetLog } from './serve/fleet-log.ts';
import { createFleetServer, type FleetServer } from './serve/fleet-server.ts';
import { checkHistoryDirectory, readToken, type TargetSource, targetSourceOf } from './serve/start-checks.ts';
import { TokenFile } from './serve/token-file.ts';

/** Seen from `src/fleet` and from `dist/fleet` alike. */
const PAGE = new URL('../../dist/page/fleet.html', import.meta.url);
const PACKAGE = new URL('../../package.json', import.meta.url);
/** What of a stop is not done by then is left. */
const STOP_MILLIS = 10_000;

export interface FleetServiceSettings {
  readonly options: FleetOptions;
  readonly log: Logger;
  /** Null where there is no rollout. */
  readonly rollout: RolloutHandle | null;
  readonly registry: Registry;
  /** After each round. */
  readonly onRound?: (statistics: FleetStatistics) => void;
}

interface Running {
  readonly discovery: Discovery;
  readonly host: MergeHost;
  readonly history: FleetHistoryStore;
  readonly server: FleetServer;
}

/** The aggregation worker: finds the pods, has them merged, keeps their history, and serves all of it. */
export class FleetService {
  private readonly settings: FleetServiceSettings;
  private readonly changes: FleetLog;
  private running: Running | null = null;
  private latest: FleetStatistics | null = null;
  private lastMinute: Promise<void> = Promise.resolve();

  constructor(settings: FleetServiceSettings) {
    this.settings = settings;
    this.changes = new FleetLog(settings.log);
  }

  /** Of the last round; null before the first. */
  statistics(): FleetStatistics | null {
    return this.latest;
  }

  /**
   * Resolves with where it listens, when the pods have been looked for.
   *
   * @throws PerfMetricsError `PERF_FLEET` when options contradict each other, a file or directory cannot be used, or the
   * address is taken. Nothing runs then.
   */
  async start(): Promise<{ readonly host: string; readonly port: number }> {
    const { options, log } = this.settings;
    const source = targetSourceOf(options);
    const version = await versions();
    const token = await readToken(options.tokenFile);
    if (token === null && options.tokenFile !== '')
      log.warn(
        { file: options.tokenFile },
        'there is no token file: requests that change something are refused until there is one',
      );
    await checkHistoryDirectory(options.historyDirectory);
    const discovery = await this.discovery(source, (targets) => this.running?.host.setTargets(targets));
    const history = this.history();
    const { checkpoint } = await history.open();
    const server = this.server(history, token);
    const address = await server.listen();
    const host = this.mergeHost(history, server, checkpoint);
    this.running = { discovery, host, history, server };
    log.info({ ...version, ...address, ...this.features(source, token) }, 'the fleet service listens');
    await discovery.start();
    // Only now: a fleet whose pods nobody has looked for yet must not be called ready.
    if (this.running !== null) host.start();
    return address;
  }

  /** Stops listening, writes the last minute and the checkpoint. Resolves after 10 s at the latest. */
  async stop(): Promise<void> {
    const { running } = this;
    if (running === null) return;
    this.running = null;
    running.discovery.stop();
    const merged = running.host.stop().then(() => this.lastMinute);
    const timeout = new AbortController();
    const isLate = delay(STOP_MILLIS, true, { signal: timeout.signal, ref: false }).catch(() => false);
    const done = Promise.all([merged, running.server.close()]).then(() => false);
    if (await Promise.race([done, isLate])) {
      this.settings.log.error({}, 'stopping took too long: the last minute may be lost');
    }
    timeout.abort();
  }

  private async discovery(
    source: TargetSource,
    onTargets: (targets: readonly Target[]) => void,
  ): Promise<Discovery> {
    const { options, log } = this.settings;
    const { targets, targetsFile, selector, namespace, serviceLabel, podPort } = options;
    if (source === 'targets') return new StaticTargets({ targets, onTargets, log });
    if (source === 'targetsFile') return new TargetsFile({ path: targetsFile, onTargets, log });
    const kubernetes = await connectKubernetes();
    return new KubernetesDiscovery({
      kubernetes,
      selector,
      namespace: namespace === '' ? kubernetes.namespace : namespace,
      serviceLabel,
      podPort,
      onTargets,
      log,
    });
  }

  private history(): FleetHistoryStore {
    const { options, log } = this.settings;
    return new FleetHistoryStore({
      directory: options.historyDirectory === '' ? null : options.historyDirectory,
      intervalSeconds: options.historyIntervalSeconds,
      retentionDays: options.historyRetentionDays,
      maxMebibytes: options.historyMaxMebibytes,
      log,
    });
  }

  private server(history: FleetHistoryStore, token: string | null): FleetServer {
    const { options, log, rollout, registry } = this.settings;
    const tokenFile = new TokenFile(options.tokenFile, token, log, monotonicMillis);
    return createFleetServer({
      host: options.host,
      port: options.port,
      log,
      token,
      currentToken: () => tokenFile.current(),
      rollout,
      history: () => history.history(),
      dumps: () => history,
      registry,
      pagePath: PAGE,
    });
  }

  private mergeHost(
    history: FleetHistoryStore,
    server: FleetServer,
    checkpoint: Uint8Array | null,
  ): MergeHost {
    const { options, log, onRound } = this.settings;
    return new MergeHost({
      checkpoint,
      minuteMillis: options.historyIntervalSeconds * 1e3,
      log,
      onRound: (statistics, digest) => {
        this.latest = statistics;
        history.addRound(statistics);
        server.update(statistics, digest);
        this.changes.observe(statistics);
        onRound?.(statistics);
      },
      onMinute: (minute, written) => {
        this.lastMinute = history.addMinute(minute, written);
      },
    });
  }

  private features(source: TargetSource, token: string | null) {
    const { options, rollout } = this.settings;
    const from = source === 'targets' ? `${options.targets.length} targets` : options[source];
    return {
      reads: from,
      history: options.historyDirectory === '' ? 'in memory' : options.historyDirectory,
      requests: token === null ? 'refused' : 'with token',
      rollout: rollout === null ? 'off' : options.rollout,
    };
  }
}

async function versions(): Promise<{ version: string; node: string }> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string };
  return { version, node: process.version };
}
