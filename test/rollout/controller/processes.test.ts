import { describe, expect, it } from 'vitest';
import { monotonicMillis } from '../../../src/contract/clock.ts';
import { eventually, type Program, startProgram } from '../../support/programs.ts';
import { brokenChain, RolloutRun } from '../support/rollout-run.ts';
import { quickSpec } from '../support/specs.ts';

const PROGRAM = new URL('../support/rollout-process.ts', import.meta.url).pathname;

interface Line {
  readonly message?: string;
  readonly leadsAt?: number;
  readonly followsAt?: number;
  readonly decision?: string;
  readonly from?: number;
  readonly to?: number;
}

function start(run: RolloutRun, leaseMillis: number): Program {
  return startProgram(process.execPath, [PROGRAM, run.directory, String(leaseMillis)]);
}

function linesOf(program: Program): Line[] {
  // The last line of a process that was killed may be half of one.
  const whole = program.output().slice(0, program.output().lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}

function leadership(program: Program): number[] {
  return linesOf(program).flatMap(({ leadsAt }) => leadsAt ?? []);
}

function decisionsOf(program: Program): string[] {
  return linesOf(program).flatMap(({ decision, from, to }) =>
    decision === undefined ? [] : [`${decision} ${from} ${to}`],
  );
}

async function leads(program: Program, since = 0): Promise<void> {
  await eventually('a leader', async () => leadership(program).some((at) => at > since) || undefined, 15);
}

/** Stretches of time, without a pause that could hide a hand-over, in which a process found that it led. */
function stretches(program: Program): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const at of leadership(program)) {
    const last = found.at(-1);
    if (last !== undefined && at - last[1] < 100) last[1] = at;
    else found.push([at, at]);
  }
  return found;
}

function overlaps(a: Program, b: Program): string[] {
  return stretches(a).flatMap(([from, to]) =>
    stretches(b)
      .filter(([start, end]) => start <= to && end >= from)
      .map(([start, end]) => `${from} to ${to} and ${start} to ${end}`),
  );
}

/** The same sequence of delays in each run. */
function* delays(): Generator<number> {
  for (let state = 12_345; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield (state / 2_147_483_648) * 500;
  }
}

describe('a process that carries a rollout', () => {
  it('and is killed at random moments is followed by one that goes on at the same step, to the end', {
    timeout: 90_000,
  }, async () => {
    await using run = await RolloutRun.create(quickSpec(1));
    const random = delays();
    const programs: Program[] = [];
    let step = -1;
    for (let phase = ''; phase !== 'complete' && programs.length < 30; ) {
      const program = start(run, 400);
      programs.push(program);
      await leads(program);
      const goesOn = await run.storedStatus();
      expect(goesOn?.step ?? -1).toBeGreaterThanOrEqual(step);
      await run.consistent();
      await new Promise((resolve) => setTimeout(resolve, random.next().value));
      await program.stop('SIGKILL');
      const left = await run.storedStatus();
      expect(left?.step ?? -1).toBeGreaterThanOrEqual(goesOn?.step ?? -1);
      step = left?.step ?? -1;
      phase = left?.phase ?? '';
    }
    const { decisions, phase } = (await run.storedStatus()) ?? { decisions: [], phase: '' };
    const rows = [...decisions].reverse();
    expect(phase).toBe('complete');
    expect(rows.map(({ decision }) => decision)).toEqual([
      'start',
      'advance',
      'advance',
      'advance',
      'complete',
    ]);
    expect(brokenChain(rows)).toEqual([]);
    expect(programs.length).toBeGreaterThan(3);
    // Nothing is told of that is not in the status, and nothing by two processes.
    const told = programs.flatMap(decisionsOf);
    expect(new Set(told).size).toBe(told.length);
    expect(rows.map(({ decision, from, to }) => `${decision} ${from} ${to}`)).toEqual(
      expect.arrayContaining(told),
    );
  });
});

describe('two processes on one directory', () => {
  it('never both lead, though the leader is stopped for longer than its lease, and goes on', {
    timeout: 90_000,
  }, async () => {
    await using run = await RolloutRun.create(quickSpec(1.5));
    const programs = [start(run, 900), start(run, 900)];
    try {
      for (let round = 0; round < 4; round++) {
        const leader = await eventually(
          'a leader',
          async () => programs.findIndex((program) => isLeading(program)) + 1 || undefined,
          15,
        );
        const [stopped, other] = leader === 1 ? programs : [programs[1], programs[0]];
        const before = Math.max(0, ...leadership(other));
        stopped.process.kill('SIGSTOP');
        await leads(other, before);
        stopped.process.kill('SIGCONT');
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(isLeading(stopped)).toBe(false);
      }
      await run.until('completion', ({ phase }) => phase === 'complete', 30);
      expect(overlaps(programs[0], programs[1])).toEqual([]);
      const { decisions } = (await run.storedStatus()) ?? { decisions: [] };
      const rows = [...decisions].reverse();
      expect(rows.map(({ decision }) => decision)).toEqual([
        'start',
        'advance',
        'advance',
        'advance',
        'complete',
      ]);
      expect(brokenChain(rows)).toEqual([]);
      const told = programs.flatMap(decisionsOf);
      expect(told.toSorted()).toEqual(
        rows.map(({ decision, from, to }) => `${decision} ${from} ${to}`).toSorted(),
      );
      expect(stretches(programs[0]).length + stretches(programs[1]).length).toBeGreaterThan(4);
    } finally {
      await Promise.all(programs.map((program) => program.stop('SIGKILL')));
    }
  });

  it('hand over at once when the leader is told to stop', { timeout: 60_000 }, async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    // A lease of a minute: without its release the other would not lead in this test.
    const first = start(run, 60_000);
    await leads(first);
    const second = start(run, 60_000);
    await eventually('a candidate', async () => linesOf(second).find(({ followsAt }) => followsAt));
    await first.stop('SIGTERM');
    await leads(second);
    await second.stop('SIGKILL');
    expect(overlaps(first, second)).toEqual([]);
  });
});

function isLeading(program: Program): boolean {
  return monotonicMillis() - (leadership(program).at(-1) ?? 0) < 100;
}
