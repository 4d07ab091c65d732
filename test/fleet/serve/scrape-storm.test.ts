import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { RoundStatistics } from '../../../src/contract/fleet.ts';
import { eventually, type Program, startProgram } from '../../support/programs.ts';
import { live, Pods } from '../poll/pods.ts';
import { ask } from './serving.ts';

const SCRAPES = 10_000;
const SECONDS = 12;

const pods = new Pods();
const programs: Program[] = [];

afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop('SIGKILL')));
  await pods.close();
});

function start(file: string, args: readonly string[]): Program {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const program = startProgram(process.execPath, [path, ...args]);
  programs.push(program);
  return program;
}

/** The complete lines that a program has printed, as JSON. */
function linesOf<T>(program: Program): T[] {
  const complete = program.output().split('\n').slice(0, -1);
  return complete.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

function roundsOf(program: Program): RoundStatistics[] {
  return linesOf<{ round?: RoundStatistics }>(program).flatMap(({ round }) =>
    round === undefined ? [] : [round],
  );
}

it('10,000 scrapes at once are answered or refused, while every round is merged', async () => {
  const targets = await pods.addMany(5, live);
  const fleet = start(
    './serving-program.ts',
    targets.map(({ url }) => url),
  );
  const port = await eventually('the port', async () => {
    return linesOf<{ port?: number }>(fleet).find((line) => line.port !== undefined)?.port;
  });
  await eventually('the first rounds', async () => roundsOf(fleet).length >= 2 || undefined);

  const before = roundsOf(fleet).length;
  const storm = start('./scrape-storm.ts', [port, SCRAPES, SECONDS].map(String));
  const outcome = await eventually('the end of the storm', async () => {
    return linesOf<{ answered: number; refused: number; other: number; seconds: number }>(storm)[0];
  });
  const rounds = roundsOf(fleet).slice(before);
  const late = (rounds.at(-1)?.late ?? 0) - (rounds[0]?.late ?? 0);

  expect(outcome.other).toBe(0);
  expect(outcome.answered).toBeGreaterThan(SCRAPES / 10);
  // One a second; half of them allows for a machine that is busy with other tests.
  expect(rounds.length).toBeGreaterThanOrEqual(Math.floor(outcome.seconds / 2));
  expect(late).toBeLessThanOrEqual(rounds.length / 2);
  rounds.forEach((round, i) => {
    expect(round.rounds).toBe((rounds[0]?.rounds ?? 0) + i);
    expect(round.merged).toBe(targets.length);
  });
  expect((await ask(port, '/readyz')).status).toBe(200);
}, 60_000);
