/** What an event costs one contender, beside two bare clock reads in the same process: blocks of the two take turns. */
import { CONTENDERS } from '../contenders/all.ts';
import { type Caller, inliningCaller } from '../contenders/callers.ts';
import { TWO_CLOCK_READS } from '../contenders/peers.ts';
import { answer, input } from './channel.ts';

export interface EventCostInput {
  readonly contender: string;
  readonly pairs: number;
}

/** Nanoseconds an event, one figure a block; blocks of equal index ran one after the other. */
export interface EventCostResult {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

const BLOCK_EVENTS = 3000;
const WARM_UP_CALLS = 300;
const WARM_UP_ROUNDS = 10;
const WARM_UP_BLOCKS = 30;

const { contender, pairs } = input<EventCostInput>();
const baseline = await inliningCaller(CONTENDERS[TWO_CLOCK_READS]);
const candidate = await inliningCaller(CONTENDERS[contender]);

// Short calls: V8 then optimises the whole function, and not just the loop that it is in.
for (let round = 0; round < WARM_UP_ROUNDS; round++) {
  for (let call = 0; call < WARM_UP_CALLS; call++) {
    baseline(BLOCK_EVENTS / 100);
    candidate(BLOCK_EVENTS / 100);
  }
  // The optimised code arrives from another thread: leave it a turn.
  await new Promise((turn) => setTimeout(turn, 1));
}

const result = { baseline: [] as number[], candidate: [] as number[] };
for (let pair = -WARM_UP_BLOCKS; pair < pairs; pair++) {
  const isBaselineFirst = Math.random() < 0.5;
  const first = timed(isBaselineFirst ? baseline : candidate);
  const second = timed(isBaselineFirst ? candidate : baseline);
  if (pair % 20 === 0) await new Promise((turn) => setImmediate(turn));
  if (pair < 0) continue;
  result.baseline.push(isBaselineFirst ? first : second);
  result.candidate.push(isBaselineFirst ? second : first);
}
await answer(result satisfies EventCostResult);

function timed(caller: Caller): number {
  const begun = process.hrtime.bigint();
  caller(BLOCK_EVENTS);
  return Number(process.hrtime.bigint() - begun) / BLOCK_EVENTS;
}
