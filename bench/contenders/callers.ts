import type { Contender } from './contender.ts';

/** Measures `n` events, one after the other. */
export type Caller = (n: number) => void;

/** More than V8's optimising compilers take on (60 KB of bytecode). */
const DEAD_STATEMENTS = 8000;

const FIRST_CALLS = 100;

const sink = new Float64Array(8);
let callers = 0;

/** A hot loop of its own code and type feedback, into which V8 inlines what it can. */
export function inliningCaller(contender: Contender): Promise<Caller> {
  return compile('', contender);
}

/**
 * A caller that V8 does not inline into: a function too large to be optimised. What it calls is optimised by itself, and
 * numbers cross the call as V8 passes them: boxed on the heap.
 */
export function callingCaller(contender: Contender): Promise<Caller> {
  const dead = Array.from({ length: DEAD_STATEMENTS }, (_, i) => `n += i * ${i + 1000};`).join('');
  return compile(`if (n < 0) { let i = n; ${dead} }`, contender);
}

async function compile(prologue: string, { begin, end, load }: Contender): Promise<Caller> {
  const bindings = { ...(await load()), sink };
  const loop = `let sum = 0; for (let i = 0; i < n; i++) { const begun = ${begin}; ${end}; } sink[0] += sum;`;
  // The number keeps V8 from taking one caller's compiled code, with its feedback, for another.
  const source = `return function caller${callers++}(n) { ${prologue} ${loop} }`;
  const caller = new Function(...Object.keys(bindings), source)(...Object.values(bindings)) as Caller;
  // All of it has run before the loop is hot: else V8 optimises the loop without what follows it, and gives the code up
  // at the end of every call.
  for (let call = 0; call < FIRST_CALLS; call++) caller(2);
  return caller;
}
