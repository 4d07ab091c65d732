import { runChild } from './child-process.ts';
import type { AllocationInput, AllocationResult } from './children/allocation.ts';
import { CONTENDERS } from './contenders/all.ts';
import { TWO_CLOCK_READS } from './contenders/peers.ts';
import { type Figure, range } from './spread.ts';
import { figureText, type Goal, type Topic } from './table.ts';

const NEW_SPACE = ['--max-semi-space-size=256', '--min-semi-space-size=256'];
const KNOWN = 'known';
const KNOWN_BYTES = 40;

/** The same code as V8 runs it at three stages of a program. */
const STAGES = [
  { key: 'inlined', label: 'hot, inlined', isInlined: true, flags: [] },
  { key: 'called', label: 'hot, called', isInlined: false, flags: ['--no-maglev'] },
  { key: 'warm', label: 'warm (Maglev)', isInlined: true, flags: ['--no-turbofan'] },
] as const;
const OURS = ['full', 'symbol-trace', 'ten-percent', 'disabled'];
const QUICK = [KNOWN, TWO_CLOCK_READS, ...OURS];
const ALL = [
  KNOWN,
  'nothing',
  TWO_CLOCK_READS,
  'monotonic-clock',
  ...OURS,
  'perf-hooks',
  'hdr',
  'prom-timer',
  'prom-child-timer',
  'prom-child-observe',
  'opentelemetry',
];

type Measured = Readonly<Record<(typeof STAGES)[number]['key'], Figure>>;

export async function measureAllocation(isQuick: boolean): Promise<Topic> {
  const measured = new Map<string, Measured>();
  for (const contender of isQuick ? QUICK : ALL) measured.set(contender, await measureOne(contender));
  return {
    id: 'allocation',
    title: 'Bytes allocated by one event, median (min–max)',
    columns: [{ key: 'name', label: '' }, ...STAGES.map(({ key, label }) => ({ key, label }))],
    rows: [...measured].map(([name, figures]) => ({ name: labelOf(name), ...figures })),
    goals: [
      ...STAGES.map(({ key, label }) => goal('full', `at 100 %, ${label}`, key)),
      goal('ten-percent', 'at 10 % sampling, hot, inlined', 'inlined'),
    ],
    notes: [
      'growth of the used heap over 100,000 events in a new space of 256 MiB, nothing collected in between; 5 runs',
      'hot, inlined: a loop that TurboFan optimises, the calls inlined',
      'hot, called: from a function too large for TurboFan; the calls are optimised but not inlined, and every number ' +
        'that crosses one is boxed (16 bytes), performance.now() included, as is what the caller computes with it',
      'warm: nothing has reached TurboFan yet; Maglev, the tier below, boxes more',
    ],
  };

  function goal(name: string, what: string, stage: keyof Measured): Goal {
    const figure = (measured.get(name) as Measured)[stage];
    return {
      what: `bytes allocated by an event ${what}`,
      goal: '0',
      measured: figureText(figure),
      isMet: Math.abs(figure.median) < 0.05,
    };
  }
}

async function measureOne(contender: string): Promise<Measured> {
  const figures: Partial<Record<keyof Measured, Figure>> = {};
  for (const { key, isInlined, flags } of STAGES) {
    const given: AllocationInput = { contender, isInlined };
    figures[key] = range(await runChild<AllocationResult>('allocation', given, [...NEW_SPACE, ...flags]));
  }
  return figures as Measured;
}

function labelOf(name: string): string {
  return name === KNOWN ? `check: an object known to have ${KNOWN_BYTES} bytes` : CONTENDERS[name].label;
}
