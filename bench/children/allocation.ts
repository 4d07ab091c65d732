/**
 * Bytes that one event of a contender leaves on V8's heap: its growth over many events in a new space large enough
 * that nothing is collected meanwhile (and it is checked that nothing was).
 */
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { CONTENDERS } from '../contenders/all.ts';
import { type Caller, callingCaller, inliningCaller } from '../contenders/callers.ts';
import type { Contender } from '../contenders/contender.ts';
import { answer, input } from './channel.ts';

export interface AllocationInput {
  /** A contender, or `known` for the method's own check. */
  readonly contender: string;
  readonly isInlined: boolean;
}

/** Bytes an event, one figure a run. */
export type AllocationResult = readonly number[];

/** A literal with two fields: map, properties, elements and the fields, 8 bytes each. */
const KNOWN: Contender = {
  label: 'known',
  begin: '{ a: i, b: n }',
  end: 'kept.last = begun',
  load: () => ({ kept: { last: null } }),
};

const WARM_UP_EVENTS = 300;
const WARM_UP_CALLS = 50;
const WARM_UP_MILLIS = 350;
const RUNS = 5;
const EVENTS = 100_000;

const { contender, isInlined } = input<AllocationInput>();
const subject = contender === 'known' ? KNOWN : CONTENDERS[contender];
const caller = await (isInlined ? inliningCaller(subject) : callingCaller(subject));
await warmUp();
const result: number[] = [];
while (result.length < RUNS) {
  const own = growth(() => {}, 0);
  const all = growth(caller, EVENTS);
  if (own !== undefined && all !== undefined) result.push((all - own) / EVENTS);
}
await answer(result satisfies AllocationResult);

async function warmUp(): Promise<void> {
  const end = performance.now() + WARM_UP_MILLIS;
  while (performance.now() < end) {
    // Short calls: a long one is optimised from within, and a collection lets go of code made that way.
    for (let call = 0; call < WARM_UP_CALLS; call++) caller(WARM_UP_EVENTS);
    // Optimised code is made by another thread and put in place between turns.
    await new Promise((turn) => setTimeout(turn, 1));
  }
}

/** Bytes by which the used heap grows; undefined where a collection came between. */
function growth(caller: Caller, events: number): number | undefined {
  globalThis.gc?.();
  const profiler = new GCProfiler();
  profiler.start();
  const before = getHeapStatistics().used_heap_size;
  caller(events);
  const after = getHeapStatistics().used_heap_size;
  return profiler.stop().statistics.length === 0 ? after - before : undefined;
}
