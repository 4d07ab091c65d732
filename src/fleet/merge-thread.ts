import { parentPort, workerData } from 'node:worker_threads';
import { MergeLoop } from './merge-loop.ts';
import type { MergeThreadStart, ToMergeThread } from './messages.ts';

// The thread of a MergeHost: its entry point, and nothing else.
if (parentPort !== null) {
  const port = parentPort;
  const loop = new MergeLoop(workerData as MergeThreadStart, (message) => port.postMessage(message));
  port.on('message', (message: ToMergeThread) => loop.receive(message));
  await loop.run();
  port.close();
}
