import { parentPort, workerData } from 'node:worker_threads';
import { collectInThread, type ThreadHandle } from '../../src/index.ts';

// An application thread of its own: records when it is told how much, and ends when it is told nothing.
const { perf } = workerData as { readonly perf: ThreadHandle };
const collector = collectInThread(perf);
const symbol = collector.symbol('ES');
parentPort?.on('message', (events: number) => {
  if (events === 0) return parentPort?.close();
  for (let n = 0; n < events; n++) collector.recordValue(0, 0.001, 0, symbol);
  return parentPort?.postMessage(collector.enabled);
});
parentPort?.postMessage('ready');
