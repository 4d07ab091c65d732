import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';
import type { Clock } from '../contract/clock.ts';
import { KIND_GC } from '../contract/record.ts';
import type { PauseSink } from './pause-sink.ts';

/** V8's kinds, in the order of GC_KINDS. */
const KINDS = [
  constants.NODE_PERFORMANCE_GC_MINOR,
  constants.NODE_PERFORMANCE_GC_MAJOR,
  constants.NODE_PERFORMANCE_GC_INCREMENTAL,
  constants.NODE_PERFORMANCE_GC_WEAKCB,
];
const MINOR_MARK_SWEEP = 2;
const MINOR_MARK_SWEEP_KIND = 4;

/** Writes every garbage collection of this thread into its ring. Returns what stops it. */
export function observeGc(sink: Pick<PauseSink, 'write'>, clock: Clock): () => void {
  // Entries are on this thread's performance clock; records are on the machine's.
  const offset = clock() - performance.now();
  const write = (entries: readonly PerformanceEntry[]): void => {
    for (const entry of entries) {
      const kind = (entry as { detail?: { kind?: number } }).detail?.kind ?? 0;
      const id = kind === MINOR_MARK_SWEEP ? MINOR_MARK_SWEEP_KIND : Math.max(0, KINDS.indexOf(kind));
      sink.write(entry.startTime + offset, entry.duration / 1e3, KIND_GC | id);
    }
  };
  const observer = new PerformanceObserver((list) => write(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    write(observer.takeRecords());
    observer.disconnect();
  };
}
