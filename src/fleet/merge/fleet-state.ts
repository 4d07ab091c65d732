import { MAX_PAIRS, MAX_SERVICES } from './limits.ts';
import type { MergedEvent, Sketches } from './merged-event.ts';
import { MergedService } from './merged-service.ts';
import type { Run } from './run.ts';
import { RunLedger } from './run-ledger.ts';

/** What a checkpoint keeps: the services, and the runs that may come back. */
export class FleetState {
  /** Unix milliseconds. */
  readonly startedAt: number;
  /**
   * The earliest start of the runs that were there at first: the fleet's own digest gives it as its start, since what it
   * counts may be more than could happen since ours. Null until something was merged.
   */
  countedSince: number | null = null;
  minuteFrom: number;
  readonly overall = new MergedService('', null);
  readonly services = new Map<string, MergedService>();
  readonly ledger = new RunLedger();

  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.minuteFrom = startedAt;
  }

  service(name: string): MergedService {
    let service = this.services.get(name);
    if (service === undefined) {
      service = new MergedService(name, this.overall);
      this.services.set(name, service);
    }
    return service;
  }

  /** Whether so many new events of a service can be kept apart. */
  hasRoom(service: string, newEvents: number): boolean {
    if (!this.services.has(service) && this.services.size >= MAX_SERVICES) return false;
    let pairs = 0;
    for (const { events } of this.services.values()) pairs += events.size;
    return pairs + newEvents <= MAX_PAIRS;
  }

  /** Merges since-start digests and histograms where a run's have changed. */
  mergeTotals(live: Iterable<Run>): void {
    const past = eventsOf(this.ledger.departedRuns, ({ isPastChanged }) => isPastChanged);
    this.forEachEvent((event) => event.isPastChanged && event.mergePast(past.get(event) ?? []));
    const changed = eventsOf(live, ({ isChanged }) => isChanged);
    this.forEachEvent((event) => event.isChanged && event.mergeTotals(changed.get(event) ?? []));
    const parts = this.partsOfOverall();
    for (const event of this.overall.events.values()) {
      if (event.isChanged) event.mergeServices(parts.get(event) ?? []);
    }
  }

  /** All services' results of the round become those of all together. */
  finishWindows(): void {
    this.forEachEvent((event) => event.finishWindows());
    const parts = this.partsOfOverall();
    for (const event of this.overall.events.values()) {
      event.finishServices((parts.get(event) ?? []).filter(({ isReported }) => isReported));
    }
  }

  /** The services' events that each of all services together is merged of. */
  partsOfOverall(): Map<MergedEvent, MergedEvent[]> {
    const parts = new Map<MergedEvent, MergedEvent[]>();
    this.forEachEvent((event) => {
      if (event.overall !== null) append(parts, event.overall, event);
    });
    return parts;
  }

  private forEachEvent(visit: (event: MergedEvent) => unknown): void {
    for (const { events } of this.services.values()) for (const event of events.values()) visit(event);
  }
}

/** What runs hold of the events that `isWanted`. */
function eventsOf(
  runs: Iterable<Run>,
  isWanted: (event: MergedEvent) => boolean,
): Map<MergedEvent, Sketches[]> {
  const wanted = new Map<MergedEvent, Sketches[]>();
  for (const run of runs) {
    for (const event of run.events.values()) {
      if (isWanted(event.merged)) append(wanted, event.merged, event);
    }
  }
  return wanted;
}

function append<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
