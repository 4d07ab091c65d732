import { runChild } from './child-process.ts';
import type { AllocationInput, AllocationResult } from './children/allocation.ts';
import { CONTENDERS } from './contenders/all.ts';
import { TWO_CLOCK_READS } from './contenders/peers.ts';
import { type Figure, range } from './spread.ts';
import { figureText, type Topic } from './table.ts';

const NEW_SPACE = ['--max-semi-space-size=256', '--min-semi-space-size=256'];
const ORDER = [
  'nothing',
  TWO_CLOCK_READS,
  'monotonic-clock',
  'full',
  'symbol-trace',
  'ten-percent',
  'disabled',
  'perf-hooks',
  'hdr',
  'prom-timer',
  'prom-child-timer',
  'prom-child-observe',
  'opentelemetry',
];
const KNOWN_BYTES = 40;

export async function measureAllocation(): Promise<Topic> {
  const measured = new Map<string, { inlined: Figure; called: Figure }>();
  for (const contender of ['known', ...ORDER]) {
    const { inlined, called } = await runChild<AllocationResult>(
      'allocation',
      { contender } satisfies AllocationInput,
      NEW_SPACE,
    );
    measured.set(contender, { inlined: range(inlined), called: range(called) });
  }
  const ours = measured.get('full') as { inlined: Figure; called: Figure };
  return {
    id: 'allocation',
    title: 'Bytes allocated by one event',
    columns: [
      { key: 'name', label: '' },
      { key: 'inlined', label: 'hot loop, inlined: median (min–max)' },
      { key: 'called', label: 'called, not inlined: median (min–max)' },
    ],
    rows: [
      { name: `check: an object known to have ${KNOWN_BYTES} bytes`, ...measured.get('known') },
      ...ORDER.map((name) => ({ name: CONTENDERS[name].label, ...measured.get(name) })),
    ],
    goals: [
      {
        what: 'bytes allocated by an event',
        goal: '0',
        measured: `${figureText(ours.inlined)} inlined, ${figureText(ours.called)} called`,
        isMet: ours.inlined.median < 0.05 && ours.called.median < 0.05,
      },
    ],
    notes: [
      'growth of the used heap over 100,000 events in a new space of 256 MiB, no collection in between; 7 runs',
      'not inlined: the caller is too large for V8 to optimise; the number that recordStart returns (and that ' +
        'performance.now() returns) is then boxed, 16 bytes, before any library sees it',
    ],
  };
}
