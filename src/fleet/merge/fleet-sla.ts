import type { FleetSlaChange } from '../../contract/fleet.ts';
import { WINDOW_NAMES } from '../../contract/statistics.ts';
import { complianceOf } from './distribution.ts';
import { MAX_SLA_CHANGES } from './limits.ts';
import type { MergedEvent } from './merged-event.ts';

/** Compares the compliance of merged windows with the objectives, and keeps the latest changes. */
export class FleetSla {
  private readonly latest: FleetSlaChange[] = [];

  /** Newest first. */
  get changes(): readonly FleetSlaChange[] {
    return this.latest.slice();
  }

  /**
   * A window without events ends a broken verdict, as in a pod, but only with `mayRecover`: when no pod could be asked,
   * nothing is known of them.
   */
  judge(service: string, event: MergedEvent, at: number, mayRecover: boolean): void {
    const { threshold, objective } = event.terms;
    for (const [i, window] of WINDOW_NAMES.entries()) {
      const { count, breaches, digest } = event.windows[i];
      const compliance = complianceOf(count, breaches);
      const isBroken = threshold !== null && compliance < objective;
      const bit = 1 << i;
      if (isBroken === ((event.broken & bit) !== 0) || !(isBroken || mayRecover)) continue;
      event.broken ^= bit;
      this.latest.unshift({
        kind: isBroken ? 'violation' : 'recovery',
        service,
        event: event.event,
        window,
        value: digest.quantile(objective),
        threshold: threshold ?? Number.NaN,
        compliance,
        objective,
        count,
        at,
      });
    }
    this.latest.length = Math.min(this.latest.length, MAX_SLA_CHANGES);
  }
}
