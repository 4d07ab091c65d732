/**
 * Bytes that one event of a contender leaves on V8's heap: its growth over many events in a new space large enough
 * that nothing is collected meanwhile (and it is checked that nothing was).
 */
import { GCProfiler, getHeapStatistics } from 'node:v8';
import type { Contender } from '../contenders/contender.ts';
import { CONTENDERS } from '../contenders/all.ts';
import { type Caller, callingCaller, inliningCaller } from '../contenders/callers.ts';
import { answer, input } from './channel.ts';

export interface AllocationInput {
  /** A contender, or `known` for the method's own check. */
  readonly contender: string;
}

/** Bytes an event, one figure a run. */
export interface AllocationResult {
  readonly inlined: readonly number[];
  readonly called: readonly number[];
}

/** A literal with two fields: map, properties, elements and the fields, 8 bytes each. */
const KNOWN: Contender = {
  label: 'known',
  begin: '{ a: i, b: n }',
  end: 'kept.last = begun',
  load: () => ({ kept: { last: null } }),
};

const WARM_UP_EVENTS = 5_000;
const WARM_UP_ROUNDS = 40;
const RUNS = 7;
const EVENTS = 100_000;

const { contender } = input<AllocationInput>();
const subject = contender === 'known' ? KNOWN : CONTENDERS[contender];
const result: AllocationResult = {
  inlined: await measured(await inliningCaller(subject)),
  called: await measured(await callingCaller(subject)),
};
await answer(result);

async function measured(caller: Caller): Promise<number[]> {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    caller(WARM_UP_EVENTS);
    await new Promise((turn) => setTimeout(turn, 2));
  }
  const bytes: number[] = [];
  while (bytes.length < RUNS) {
    globalThis.gc?.();
    const profiler = new GCProfiler();
    profiler.start();
    const before = getHeapStatistics().used_heap_size;
    caller(EVENTS);
    const after = getHeapStatistics().used_heap_size;
    if (profiler.stop().statistics.length === 0) bytes.push((after - before) / EVENTS);
  }
  return bytes;
}
