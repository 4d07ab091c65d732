import { runChild } from './child-process.ts';
import type { MemoryInput, MemoryResult } from './children/memory.ts';
import { type Figure, range } from './spread.ts';
import { figureText, type Topic } from './table.ts';

const MEGABYTE = 1e6;
const GOAL_MEGABYTES = 5;
const SUBJECTS = ['library', 'http worker', 'empty worker'] as const;

type Round = Readonly<Record<(typeof SUBJECTS)[number], MemoryResult>>;

export async function measureMemory(isQuick: boolean): Promise<Topic> {
  const rounds: Round[] = [];
  const seconds = isQuick ? 1.5 : 3;
  for (let round = 0; round < (isQuick ? 1 : 3); round++) {
    const results: [string, MemoryResult][] = [];
    for (const subject of SUBJECTS)
      results.push([subject, await runChild('memory', { subject, seconds } satisfies MemoryInput)]);
    rounds.push(Object.fromEntries(results) as Round);
  }
  const megabytes = (of: (round: Round) => number): Figure =>
    range(rounds.map((round) => of(round) / MEGABYTE));
  const above = (key: keyof MemoryResult, a: keyof Round, b: keyof Round) =>
    megabytes((round) => round[a][key] - round[b][key]);
  const own = (base: keyof Round) =>
    megabytes(
      ({ library, [base]: without }) =>
        library.ring +
        library.state +
        (library.workerHeap - without.workerHeap) +
        (library.workerBuffers - without.workerBuffers),
    );
  const aboveEmpty = own('empty worker');
  return {
    id: 'memory',
    title: 'Own memory (megabytes, 10^6 bytes), median (min–max)',
    columns: [
      { key: 'name', label: '' },
      { key: 'megabytes', label: 'MB', digits: 2 },
    ],
    rows: [
      { name: 'the ring (shared)', megabytes: megabytes(({ library }) => library.ring) },
      { name: 'the state, two banks (shared)', megabytes: megabytes(({ library }) => library.state) },
      {
        name: 'worker thread: heap, above an empty one',
        megabytes: above('workerHeap', 'library', 'empty worker'),
      },
      {
        name: '  of it: node:http alone, in a worker thread that answers "ok"',
        megabytes: above('workerHeap', 'http worker', 'empty worker'),
      },
      {
        name: 'worker thread: buffers, above an empty one',
        megabytes: above('workerBuffers', 'library', 'empty worker'),
      },
      { name: '  of it: node:http alone', megabytes: above('workerBuffers', 'http worker', 'empty worker') },
      { name: 'sum, above an empty worker thread', megabytes: aboveEmpty },
      { name: 'sum, above a worker thread with a bare node:http server', megabytes: own('http worker') },
      {
        name: 'beside the sum: heap of the application thread',
        megabytes: above('mainHeap', 'library', 'http worker'),
      },
      {
        name: "cross-check: the process's resident memory, above that with the bare node:http worker",
        megabytes: above('resident', 'library', 'http worker'),
      },
    ],
    goals: [
      {
        what: 'own memory above an empty worker thread',
        goal: `≤ ${GOAL_MEGABYTES} MB`,
        measured: `${figureText(aboveEmpty, 2)} MB`,
        isMet: aboveEmpty.median <= GOAL_MEGABYTES,
      },
    ],
    notes: [
      `${rounds.length} round(s) of three processes, after ${seconds} s of events (the whole ring written) and requests`,
      'heap and buffers: what is left after a full collection; resident memory holds garbage and compiled code as well',
    ],
  };
}
