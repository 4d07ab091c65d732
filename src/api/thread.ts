import type { MessagePort } from 'node:worker_threads';
import type { EventCatalogue } from '../contract/events.ts';
import type { FromThread } from '../contract/messages.ts';
import { MetricsCollector, setDefaultCollector } from '../record/collector.ts';
import { ThreadHealth } from './thread-health.ts';

/**
 * What `aggregator.threadHandle()` gives an application thread of its own: a ring and a line to the aggregator. It goes
 * into the `workerData` of one thread, with `port` in the `transferList`.
 */
export interface ThreadHandle {
  readonly ring: SharedArrayBuffer;
  readonly catalogue: EventCatalogue;
  readonly port: MessagePort;
}

/**
 * Records in this thread into the ring that it was handed; the collector becomes the thread's default. A sampling rate
 * that is set here is asked for all threads.
 */
export function collectInThread(handle: ThreadHandle): MetricsCollector {
  const collector = new MetricsCollector({ ring: handle.ring, events: handle.catalogue });
  setDefaultCollector(collector);
  const health = new ThreadHealth(collector.buffer, (code, message) =>
    process.emitWarning(message, { type: 'PerfMetricsWarning', code }),
  );
  const tell = (message: FromThread): void => handle.port.postMessage(message);
  const { directory } = collector.buffer;
  directory.listener = tell;
  directory.rateListener = (rate) => tell({ type: 'rate', rate });
  // The line must not keep the thread alive; that it closes with the thread is what tells of the end.
  handle.port.unref();
  health.start();
  // What still waits to be published: a stall, a batch of records.
  process.once('exit', () => health.stop());
  return collector;
}
