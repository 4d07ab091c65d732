import type { Clock } from '../contract/clock.ts';
import { defineEvents, type EventCatalogue } from '../contract/events.ts';
import type { DirectoryEntry, GaugeKind } from '../contract/messages.ts';
import type { Options } from '../contract/options.ts';
import { MAX_GAUGES, MAX_SYMBOLS } from '../contract/record.ts';

/**
 * What the numbers of a ring stand for: its events, symbols and gauges. Names never enter the ring; they are interned
 * here, once, and passed to whoever reads it.
 */
export class RingDirectory {
  readonly catalogue: EventCatalogue;
  /** What the collector's constructor was given: the layer of options above the defaults. */
  readonly options: Partial<Options>;
  /** What the collector reads the time from, where that is not the machine's clock: a part of what an event costs. */
  readonly clock: Clock | undefined;
  /** Everything registered so far, in order. */
  readonly entries: DirectoryEntry[] = [];
  /** Called with every later entry. */
  listener: ((entry: DirectoryEntry) => void) | undefined;
  /** The sampling rate that the application asked for last. */
  requestedRate: number | null = null;
  /** Called when the application asks for another sampling rate. */
  rateListener: ((rate: number) => void) | undefined;
  private readonly symbolIds = new Map<string, number>();
  private readonly gaugeSlots = new Map<string, number>();

  constructor(catalogue: EventCatalogue = defineEvents(), options: Partial<Options> = {}, clock?: Clock) {
    this.catalogue = catalogue;
    this.options = options;
    this.clock = clock;
  }

  /** Id of a symbol, 1 to 65,535; 0 (no symbol) when the name is no string or the table is full. */
  symbol(name: string): number {
    const known = this.symbolIds.get(name);
    if (known !== undefined) return known;
    if (typeof name !== 'string' || this.symbolIds.size >= MAX_SYMBOLS) return 0;
    const id = this.symbolIds.size + 1;
    this.symbolIds.set(name, id);
    this.add({ type: 'symbol', id, name: name.slice(0, 64) });
    return id;
  }

  /** Slot of a gauge, the same one for the same name; -1 when all 64 are taken. */
  gauge(kind: GaugeKind, name: string): number {
    const key = `${kind} ${name}`;
    const known = this.gaugeSlots.get(key);
    if (known !== undefined) return known;
    if (this.gaugeSlots.size >= MAX_GAUGES) return -1;
    const slot = this.gaugeSlots.size;
    this.gaugeSlots.set(key, slot);
    this.add({ type: 'gauge', slot, kind, name });
    return slot;
  }

  requestRate(rate: number): void {
    this.requestedRate = rate;
    this.rateListener?.(rate);
  }

  private add(entry: DirectoryEntry): void {
    this.entries.push(entry);
    this.listener?.(entry);
  }
}
