import type { Logger } from 'pino';
import type { FleetSlaChange, FleetStatistics, PodStatistics } from '../../contract/fleet.ts';

/** Of one round; what is beyond is counted. */
const MOST_LINES = 20;

type Line = (log: Logger) => void;

/** Tells what has changed since the round before: pods that are merged or set aside, SLAs that are broken or kept again. */
export class FleetLog {
  private readonly log: Logger;
  private states = new Map<string, PodStatistics>();
  private newestChange: string | null = null;

  constructor(log: Logger) {
    this.log = log;
  }

  observe(statistics: FleetStatistics): void {
    const lines = [...this.slaLines(statistics), ...this.podLines(statistics)];
    for (const line of lines.slice(0, MOST_LINES)) line(this.log);
    const more = lines.length - MOST_LINES;
    if (more > 0) this.log.info({ more }, 'more pods or SLAs changed in this round than are told one by one');
  }

  private slaLines({ slaChanges }: FleetStatistics): Line[] {
    const known = slaChanges.findIndex((change) => keyOf(change) === this.newestChange);
    const fresh = known < 0 ? slaChanges : slaChanges.slice(0, known);
    const [newest] = slaChanges;
    if (newest !== undefined) this.newestChange = keyOf(newest);
    // Windows of seconds come and go: the metrics, the page and `slaChanges` have them. What breaks all services together
    // has broken one of them.
    const told = fresh.filter(({ service, window }) => service !== '' && window === '1m');
    return told.toReversed().map(slaLine);
  }

  private podLines({ pods }: FleetStatistics): Line[] {
    const before = this.states;
    this.states = new Map(pods.map((pod) => [pod.id, pod]));
    const gone = [...before.values()].filter(({ id }) => !this.states.has(id));
    const changed = pods.filter(({ id, state }) => before.get(id)?.state !== state);
    return [
      ...changed.map(podLine),
      ...gone.map(({ name, service }): Line => {
        return (log) => log.info({ pod: name, service }, 'pod is gone');
      }),
    ];
  }
}

function podLine({ name: pod, service, url, state, reason }: PodStatistics): Line {
  return (log) => {
    if (state === 'merged') log.info({ pod, service, url }, 'pod is merged');
    else log.warn({ pod, service, url, reason }, 'pod is set aside');
  };
}

function slaLine(change: FleetSlaChange): Line {
  const { kind, service, event, window, value, threshold, compliance, objective, count } = change;
  const fields = { service, event, window, value, threshold, compliance, objective, count };
  return (log) => {
    if (kind === 'violation') log.warn(fields, 'SLA of the fleet is broken');
    else log.info(fields, 'SLA of the fleet is kept again');
  };
}

function keyOf({ at, kind, service, event, window }: FleetSlaChange): string {
  return JSON.stringify([at, kind, service, event, window]);
}
