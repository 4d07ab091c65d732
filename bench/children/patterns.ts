/** What each instrumentation pattern adds to the code that it measures: bare and measured blocks take turns. */
import { library } from '../library.ts';
import { answer, input } from './channel.ts';

export interface PatternsInput {
  readonly pattern: string;
  readonly pairs: number;
}

/** Nanoseconds a call, one figure a block; blocks of equal index ran one after the other. */
export interface PatternsResult {
  readonly bare: readonly number[];
  readonly measured: readonly number[];
}

interface Subject {
  readonly bare: (n: number) => unknown;
  readonly measured: (n: number) => unknown;
}

const EVENT = 1;
const BLOCK_CALLS = 1500;
const WARM_UP_BLOCKS = 80;

const { measure, measureAsync, measureSync, MetricsCollector } = await library();
new MetricsCollector({ seed: 1 });
const sum = new Float64Array(1);

const work = (x: number): number => {
  sum[0] += x;
  return x;
};
const workAsync = async (x: number): Promise<number> => work(x);
const workAwaiting = async (x: number): Promise<number> => {
  await null;
  return work(x);
};
const measuredSync = measureSync(EVENT)(work);
const measuredAsync = measureAsync(EVENT)(workAsync);
const measuredAwaiting = measureAsync(EVENT)(workAwaiting);

const SUBJECTS: Readonly<Record<string, Subject>> = {
  'measureAsync, returns at once': {
    bare: async (n) => {
      for (let i = 0; i < n; i++) await workAsync(i);
    },
    measured: async (n) => {
      for (let i = 0; i < n; i++) await measuredAsync(i);
    },
  },
  'measureAsync, awaits inside': {
    bare: async (n) => {
      for (let i = 0; i < n; i++) await workAwaiting(i);
    },
    measured: async (n) => {
      for (let i = 0; i < n; i++) await measuredAwaiting(i);
    },
  },
  measureSync: {
    bare: (n) => {
      for (let i = 0; i < n; i++) work(i);
    },
    measured: (n) => {
      for (let i = 0; i < n; i++) measuredSync(i);
    },
  },
  'using measure()': {
    bare: (n) => {
      for (let i = 0; i < n; i++) work(i);
    },
    measured: (n) => {
      for (let i = 0; i < n; i++) {
        using _span = measure(EVENT);
        work(i);
      }
    },
  },
  'measure() with try/finally': {
    bare: (n) => {
      for (let i = 0; i < n; i++) work(i);
    },
    measured: (n) => {
      for (let i = 0; i < n; i++) {
        const span = measure(EVENT);
        try {
          work(i);
        } finally {
          span[Symbol.dispose]();
        }
      }
    },
  },
};

const { pattern, pairs } = input<PatternsInput>();
const { bare, measured } = SUBJECTS[pattern];
const result = { bare: [] as number[], measured: [] as number[] };
for (let pair = -WARM_UP_BLOCKS; pair < pairs; pair++) {
  const isBareFirst = Math.random() < 0.5;
  const first = await timed(isBareFirst ? bare : measured);
  const second = await timed(isBareFirst ? measured : bare);
  if (pair % 20 === 0) await new Promise((turn) => setImmediate(turn));
  if (pair < 0) continue;
  result.bare.push(isBareFirst ? first : second);
  result.measured.push(isBareFirst ? second : first);
}
await answer(result satisfies PatternsResult);

async function timed(run: (n: number) => unknown): Promise<number> {
  const begun = process.hrtime.bigint();
  await run(BLOCK_CALLS);
  return Number(process.hrtime.bigint() - begun) / BLOCK_CALLS;
}
