import { type Check, type Finding, fault, ok } from './check.ts';
import type { HttpServer } from './http.ts';

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

/** Every target of Prometheus is up, and each expected job has one. */
export class TargetCheck implements Check {
  readonly name = 'targets';
  private readonly prometheus: HttpServer;
  private readonly jobs: readonly string[];

  constructor(prometheus: HttpServer, jobs: readonly string[]) {
    this.prometheus = prometheus;
    this.jobs = jobs;
  }

  async look(signal: AbortSignal): Promise<Finding> {
    const path = '/api/v1/targets?state=active';
    const { data } = await this.prometheus.json<{ data: { activeTargets: Target[] } }>(path, signal);
    const targets = data.activeTargets;
    if (targets.length === 0)
      return fault(`${this.prometheus.title} scrapes nothing: its scrape_configs find no target`);
    const found = new Set(targets.map(({ labels }) => labels.job));
    const missing = this.jobs.filter((job) => !found.has(job));
    const down = targets.filter(({ health }) => health !== 'up');
    if (missing.length + down.length === 0) return ok(`${targets.length} are up (jobs: ${found.size})`);
    const summary = [
      down.length > 0 ? `${down.length} of ${targets.length} are not up` : '',
      missing.length > 0 ? `${missing.length} of ${this.jobs.length} expected jobs have no target` : '',
    ];
    return fault(summary.filter((part) => part !== '').join(', and '), [
      ...down.map(sentenceOf),
      ...missing.map(
        (job) =>
          `job ${job} has no target: see that its pods run, carry the labels that it selects, and may be listed by Prometheus's service account`,
      ),
    ]);
  }
}

function sentenceOf({ labels, scrapeUrl, health, lastError }: Target): string {
  const target = `${labels.job ?? ''} ${labels.instance ?? ''} (${scrapeUrl})`;
  if (health === 'unknown') return `${target} has not been scraped yet`;
  return `${target} is down: ${lastError || 'no reason given'}; see that it runs and that no NetworkPolicy keeps Prometheus out`;
}
