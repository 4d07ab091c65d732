import type { Target } from '../../contract/fleet.ts';
import type { Discovery, DiscoverySettings } from './discovery.ts';
import { entryOf, targetsOf } from './target-entry.ts';

export interface StaticTargetsSettings extends DiscoverySettings {
  /** Each `http://host:port` or `service=http://host:port`; the service is `default` when it is not named. */
  readonly targets: readonly string[];
}

/** Targets that were named on the command line. */
export class StaticTargets implements Discovery {
  private readonly targets: readonly Target[];
  private readonly onTargets: StaticTargetsSettings['onTargets'];

  /** @throws PerfMetricsError `PERF_FLEET` when a target is bad or named twice. */
  constructor({ targets, onTargets }: StaticTargetsSettings) {
    this.targets = targetsOf(targets.map(entryOf));
    this.onTargets = onTargets;
  }

  async start(): Promise<void> {
    this.onTargets(this.targets);
  }

  stop(): void {}
}
