// An application thread: records what it is told to, and says when it has.
import { parentPort, workerData } from 'node:worker_threads';
import { collectInThread, type ThreadHandle } from '../../src/index.ts';

export interface ThreadTask {
  readonly perf: ThreadHandle;
  readonly symbol: string;
}

export type ThreadOrder =
  | { readonly type: 'record'; readonly event: number; readonly count: number; readonly value: number }
  | { readonly type: 'misuse' }
  | { readonly type: 'rate'; readonly rate: number }
  | { readonly type: 'end' };

const { perf, symbol } = workerData as ThreadTask;
const collector = collectInThread(perf);
const id = collector.symbol(symbol);
const port = parentPort;

port?.on('message', (order: ThreadOrder) => {
  if (order.type === 'record') {
    for (let n = 0; n < order.count; n++) collector.recordValue(order.event, order.value, 0, id);
  } else if (order.type === 'misuse') collector.recordEnd(1000, 1);
  else if (order.type === 'rate') collector.samplingRate = order.rate;
  else port.close();
  port.postMessage('done');
});
