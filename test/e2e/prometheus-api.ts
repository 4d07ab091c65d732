import { getService } from './cluster.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Of an instant query: [seconds, value]. */
  readonly value?: readonly [number, string];
  /** A native histogram's. */
  readonly histogram?: readonly [number, { readonly count: string }];
  /** Of a range query. */
  readonly values?: readonly (readonly [number, string])[];
}

export interface ScrapeTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly {
    readonly name: string;
    readonly type: string;
    readonly health: string;
    readonly lastError?: string;
  }[];
}

/** A Prometheus in the cluster, asked through the API server. */
export class PrometheusApi {
  private readonly namespace: string;
  private readonly service: string;

  constructor(namespace: string, service: string) {
    this.namespace = namespace;
    this.service = service;
  }

  async query(promql: string): Promise<readonly Series[]> {
    const { result } = await this.ask<{ result: Series[] }>('query', { query: promql });
    return result;
  }

  /** Every 5 s from `start` to `end`, in seconds since 1970. */
  async queryRange(promql: string, start: number, end: number): Promise<readonly Series[]> {
    const query = { query: promql, start: String(start), end: String(end), step: '5' };
    return (await this.ask<{ result: Series[] }>('query_range', query)).result;
  }

  async targets(): Promise<readonly ScrapeTarget[]> {
    const query = { state: 'active' };
    return (await this.ask<{ activeTargets: ScrapeTarget[] }>('targets', query)).activeTargets;
  }

  async ruleGroups(): Promise<readonly RuleGroup[]> {
    return (await this.ask<{ groups: RuleGroup[] }>('rules', {})).groups;
  }

  private async ask<T>(what: string, query: Record<string, string>): Promise<T> {
    const path = `/api/v1/${what}?${new URLSearchParams(query)}`;
    return (JSON.parse(await getService(this.namespace, this.service, path)) as { data: T }).data;
  }
}
