import { runChild } from './child-process.ts';
import type { PatternsInput, PatternsResult } from './children/patterns.ts';
import { bootstrap, spread } from './spread.ts';
import { figureText, type Topic } from './table.ts';

const PATTERNS = [
  'measureAsync, returns at once',
  'measureAsync, awaits inside',
  'measureSync',
  'using measure()',
  'measure() with try/finally',
];
const ASYNC_GOAL_NANOS = 280;

export async function measurePatterns(isQuick: boolean): Promise<Topic> {
  const pairs = isQuick ? 100 : 300;
  const rows = [];
  for (const pattern of PATTERNS) {
    const { bare, measured } = await runChild<PatternsResult>('patterns', {
      pattern,
      pairs,
    } satisfies PatternsInput);
    const added = bootstrap(measured.map((nanos, i) => nanos - bare[i]));
    rows.push({ name: pattern, bare: spread(bare), measured: spread(measured), added });
  }
  const worst = rows[0].added.median > rows[1].added.median ? rows[0] : rows[1];
  return {
    id: 'patterns',
    title: 'The instrumentation patterns over the bare call (nanoseconds)',
    columns: [
      { key: 'name', label: '' },
      { key: 'bare', label: 'bare (P10–P90)' },
      { key: 'measured', label: 'measured (P10–P90)' },
      { key: 'added', label: 'added (95 % interval)' },
    ],
    rows,
    goals: [
      {
        what: 'measureAsync over the bare async call',
        goal: `≤ ${ASYNC_GOAL_NANOS} ns`,
        measured: `${figureText(worst.added)} ns`,
        isMet: worst.added.median <= ASYNC_GOAL_NANOS,
      },
    ],
    notes: [
      `${pairs} blocks of 1,500 calls each of both, in turns, in random order; a pattern a process`,
      'the bare function is one that V8 inlines away: what is added includes the call itself',
    ],
  };
}
