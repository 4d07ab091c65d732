import { parentPort, workerData } from 'node:worker_threads';
import { WorkerRuntime } from './api/worker-runtime.ts';
import type { FromWorker, ToWorker, WorkerStart } from './contract/messages.ts';

// The worker thread of a MetricsAggregator: its entry point, and nothing else.
if (parentPort !== null) {
  const port = parentPort;
  const runtime = new WorkerRuntime(workerData as WorkerStart, (message: FromWorker) =>
    port.postMessage(message),
  );
  runtime.start();
  // Only now: what came meanwhile has waited in the port, and speaks of what `start` has set up.
  port.on('message', (message: ToWorker) => runtime.receive(message));
}
