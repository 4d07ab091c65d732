import type { DirectoryEntry, RingDescription, ToWorker } from '../contract/messages.ts';
import type { RingDirectory } from '../record/ring-directory.ts';
import { RingView } from '../state/ring-view.ts';
import { MAX_RINGS } from '../state/state-layout.ts';

interface RegisteredRing {
  readonly view: RingView;
  readonly entries: DirectoryEntry[];
  isEnded: boolean;
}

/** The rings of the application's threads, and what the worker thread must be told of them, now or at its next start. */
export class RingRegistry {
  private readonly rings = new Map<number, RegisteredRing>();
  private readonly send: (message: ToWorker) => void;
  private last = 0;

  constructor(send: (message: ToWorker) => void) {
    this.send = send;
  }

  get isFull(): boolean {
    return this.rings.size >= MAX_RINGS;
  }

  /** Returns the ring's number. With a directory of this thread, its entries are followed. */
  add(name: string, shared: SharedArrayBuffer, directory?: RingDirectory): number {
    this.last += 1;
    const number = this.last;
    this.rings.set(number, { view: new RingView(number, name, shared), entries: [], isEnded: false });
    this.send({ type: 'attach', ring: { number, name, shared, entries: [], isEnded: false } });
    if (directory === undefined) return number;
    for (const entry of directory.entries) this.enter(number, entry);
    directory.listener = (entry) => this.enter(number, entry);
    return number;
  }

  enter(number: number, entry: DirectoryEntry): void {
    const ring = this.rings.get(number);
    if (ring === undefined) return;
    ring.entries.push(entry);
    if (entry.type === 'symbol') ring.view.symbols.set(entry.id, entry.name);
    else ring.view.gauges.set(entry.slot, { kind: entry.kind, name: entry.name });
    this.send({ type: 'directory', ring: number, entry });
  }

  /** The thread that wrote to it has ended: the worker thread, this one or the next, reads what is left. */
  end(number: number): void {
    const ring = this.rings.get(number);
    if (ring === undefined) return;
    ring.isEnded = true;
    ring.view.endHeartbeat();
    this.send({ type: 'detach', ring: number });
  }

  /** The worker thread has read what was left: the ring's totals are among those of ended threads. */
  forget(number: number): void {
    this.rings.delete(number);
  }

  views(): Iterable<RingView> {
    return [...this.rings.values()].map((ring) => ring.view);
  }

  describe(): RingDescription[] {
    return [...this.rings.values()].map(({ view, entries, isEnded }) => ({
      number: view.number,
      name: view.name,
      shared: view.shared,
      entries: [...entries],
      isEnded,
    }));
  }
}
