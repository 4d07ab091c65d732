import { parentPort, workerData } from 'node:worker_threads';
import { monotonicMillis } from '../../src/contract/clock.ts';
import { startHeartbeat } from '../../src/health/heartbeat.ts';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';

// A thread with a heartbeat that blocks its event loop until it is told otherwise through shared memory.
const { shared, gate } = workerData as {
  readonly shared: SharedArrayBuffer;
  readonly gate: SharedArrayBuffer;
};
const ring = new LockFreeRingBuffer(shared);
startHeartbeat(ring.header, ring, monotonicMillis);
parentPort?.on('message', () => {
  Atomics.wait(new Int32Array(gate), 0, 0);
});
parentPort?.postMessage('beating');
