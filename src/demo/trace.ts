import type { Random } from './random.ts';

export const TRACE_BYTES = 16;
/** W3C Trace Context §3.2: version, trace id, parent id, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** A trace id of 16 bytes that follows one candle through the pipeline. Never all zero, which means "untraced". */
export function newTrace(random: Random): Uint8Array {
  const trace = new Uint8Array(TRACE_BYTES);
  const words = new DataView(trace.buffer);
  for (let at = 0; at < TRACE_BYTES; at += 4) words.setUint32(at, random.uint32());
  if (trace.every((byte) => byte === 0)) trace[TRACE_BYTES - 1] = 1;
  return trace;
}

/** The trace id of a `traceparent` header; `undefined` when there is none or it is malformed (then a new one is due). */
export function traceFromHeader(traceparent: string | undefined): Uint8Array | undefined {
  const hex = TRACEPARENT.exec(traceparent?.trim() ?? '')?.[1];
  if (hex === undefined || /^0+$/.test(hex) || traceparent?.startsWith('ff')) return undefined;
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function traceToHex(trace: Uint8Array): string {
  return Buffer.from(trace).toString('hex');
}
