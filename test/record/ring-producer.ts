import { workerData } from 'node:worker_threads';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';
import { recordAt, TRACED_EVERY } from './numbered-record.ts';

// A thread that writes as fast as it can.
const { shared, records } = workerData as { readonly shared: SharedArrayBuffer; readonly records: number };
const ring = new LockFreeRingBuffer(shared);
for (let n = 0; n < records; n++) {
  const { start, value, word, trace } = recordAt(n);
  if (n % TRACED_EVERY === 0) ring.setTrace(trace);
  ring.write(start, value, word);
}
ring.publish();
