import type { Clock } from '../../contract/clock.ts';
import type { FleetStatistics } from '../../contract/fleet.ts';
import { SNAPSHOT_CONTENT_TYPE } from '../../contract/snapshot.ts';
import { readLivePage } from '../../export/live-page.ts';
import { type Exposition, FleetMetrics } from './fleet-metrics.ts';
import { renderFleetReport } from './fleet-report.ts';
import { Refusal } from './refusal.ts';
import { Body, RoundBodies } from './round-bodies.ts';
import type { FleetServerSettings } from './settings.ts';
import type { FleetStats } from './stream-text.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';
/** A round is due each second. */
const STUCK_MILLIS = 10_000;
/** Merging will not go on by itself: what watches over the process should start it anew. */
const DEAD_MILLIS = 60_000;
/** While no round ends, what is told of the rollout and of the clients is still told anew. */
const MAX_AGE_MILLIS = 2000;
/** It is the largest body there is, and a chart of it needs no more. */
const HISTORY_MILLIS = 5000;
const NO_ROUND = 'No round has ended yet: the pods are asked for the first time.';

type Settings = Pick<FleetServerSettings, 'rollout' | 'history' | 'dumps' | 'registry' | 'pagePath'>;

/** What there is to read: the last round, in every form that is asked for. */
export class FleetContent {
  private readonly settings: Settings;
  private readonly metricsOf: FleetMetrics;
  private readonly bodies: RoundBodies;
  private readonly histories: RoundBodies;
  private readonly clock: Clock;
  private round: { readonly statistics: FleetStatistics; readonly digest: Uint8Array } | null = null;
  private updatedAt = 0;

  /** `clock` in milliseconds, monotonic. */
  constructor(settings: Settings, clients: () => number, clock: Clock) {
    this.settings = settings;
    this.clock = clock;
    this.bodies = new RoundBodies(clock, MAX_AGE_MILLIS);
    this.histories = new RoundBodies(clock, HISTORY_MILLIS);
    this.metricsOf = new FleetMetrics(settings.registry, () => ({
      statistics: this.round?.statistics ?? null,
      clients: clients(),
      dumps: settings.dumps(),
    }));
  }

  update(statistics: FleetStatistics, digest: Uint8Array): void {
    this.round = { statistics, digest };
    this.updatedAt = this.clock();
    this.bodies.clear();
  }

  /** Null before the first round. */
  current(): FleetStats | null {
    if (this.round === null) return null;
    return { ...this.round.statistics, rollout: this.settings.rollout?.status() ?? null };
  }

  /** Why it is not ready, in a sentence; null when it is. */
  notReady(): string | null {
    if (this.round === null) return NO_ROUND;
    const millis = this.clock() - this.updatedAt;
    if (millis <= STUCK_MILLIS) return null;
    return `The last round ended ${Math.floor(millis / 1e3)} s ago, though one is due each second: what is served here is old.`;
  }

  metrics(exposition: Exposition): Promise<Body> {
    return this.bodies.get(`metrics ${exposition}`, async () => {
      const { type, text } = await this.metricsOf.render(exposition);
      return new Body(type, text, { vary: 'accept' });
    });
  }

  stats(): Promise<Body> {
    return this.bodies.get('stats', () => new Body(JSON_TYPE, JSON.stringify(this.demand())));
  }

  history(): Promise<Body> {
    return this.histories.get('history', () => new Body(JSON_TYPE, JSON.stringify(this.settings.history())));
  }

  report(): Promise<Body> {
    return this.bodies.get('report', () => new Body(TEXT_TYPE, renderFleetReport(this.demand())));
  }

  async digest(): Promise<Body> {
    if (this.round === null) throw new Refusal(503, NO_ROUND);
    return new Body(SNAPSHOT_CONTENT_TYPE, this.round.digest);
  }

  page(): Promise<Body> {
    return this.bodies.get('page', async () => {
      try {
        const { html, policy } = await readLivePage(this.settings.pagePath);
        return new Body(HTML_TYPE, html, { 'content-security-policy': policy });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        throw new Refusal(
          404,
          'The live page is not built (make page); /report, /stats.json and /metrics are here.',
        );
      }
    });
  }

  /** Well before the first round, since looking for pods may take its time. */
  async health(): Promise<Body> {
    const millis = this.clock() - this.updatedAt;
    if (this.round !== null && millis > DEAD_MILLIS) {
      throw new Refusal(503, `Merging stands still: the last round ended ${Math.floor(millis / 1e3)} s ago.`);
    }
    return new Body(TEXT_TYPE, 'ok\n');
  }

  async readiness(): Promise<Body> {
    const reason = this.notReady();
    if (reason !== null) throw new Refusal(503, `Not ready: ${reason}`);
    return new Body(TEXT_TYPE, 'ready\n');
  }

  private demand(): FleetStats {
    const stats = this.current();
    if (stats === null) throw new Refusal(503, NO_ROUND);
    return stats;
  }
}
