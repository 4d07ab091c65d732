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
    let broken = 0;
    for (const [i, { count, breaches }] of event.windows.entries()) {
      const isBroken = threshold !== null && complianceOf(count, breaches) < objective;
      if (isBroken) broken |= 1 << i;
    }
    this.become(service, event, at, mayRecover ? broken : broken | event.broken);
  }

  /**
   * All services together are broken where one of them is: objectives differ, and the strictest held against the events of
   * all would break while each service keeps its own.
   */
  judgeOverall(event: MergedEvent, at: number, services: readonly MergedEvent[]): void {
    this.become(
      '',
      event,
      at,
      services.reduce((broken, service) => broken | service.broken, 0),
    );
  }

  private become(service: string, event: MergedEvent, at: number, broken: number): void {
    const { threshold, objective } = event.terms;
    for (const [i, window] of WINDOW_NAMES.entries()) {
      const { count, breaches, digest } = event.windows[i];
      const isBroken = (broken & (1 << i)) !== 0;
      if (isBroken === ((event.broken & (1 << i)) !== 0)) continue;
      this.latest.unshift({
        kind: isBroken ? 'violation' : 'recovery',
        service,
        event: event.event,
        window,
        value: digest.quantile(objective),
        threshold: threshold ?? Number.NaN,
        compliance: complianceOf(count, breaches),
        objective,
        count,
        at,
      });
    }
    event.broken = broken;
    this.latest.length = Math.min(this.latest.length, MAX_SLA_CHANGES);
  }
}
