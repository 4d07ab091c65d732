/** Bytes of the heap and of array buffers, without garbage. Needs `--expose-gc`. */
export function settledMemory(): number {
  // Array buffers of a collection are freed by a thread beside it; the next collection waits for that one.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
