import { runChild } from './child-process.ts';
import type { MemoryInput, MemoryResult } from './children/memory.ts';
import { type Figure, range } from './spread.ts';
import { figureText, type Topic } from './table.ts';

const MEGABYTE = 1e6;
const GOAL_MEGABYTES = 5;

export async function measureMemory(isQuick: boolean): Promise<Topic> {
  const rounds = isQuick ? 1 : 3;
  const seconds = isQuick ? 2 : 4;
  const library: MemoryResult[] = [];
  const empty: MemoryResult[] = [];
  const none: MemoryResult[] = [];
  for (let round = 0; round < rounds; round++) {
    library.push(await runChild('memory', { subject: 'library', seconds } satisfies MemoryInput));
    empty.push(await runChild('memory', { subject: 'empty worker', seconds: 0.5 } satisfies MemoryInput));
    none.push(await runChild('memory', { subject: 'no worker', seconds: 0.5 } satisfies MemoryInput));
  }
  const figure = (of: (round: number) => number): Figure =>
    range(library.map((_, round) => of(round) / MEGABYTE));
  const own = (with_: MemoryResult, without: MemoryResult): number =>
    with_.shared + with_.workerHeap + with_.workerExternal - without.workerHeap - without.workerExternal;
  const total = figure((round) => own(library[round], empty[round]));
  return {
    id: 'memory',
    title: 'Own memory (megabytes, 10^6 bytes), median (min–max)',
    columns: [
      { key: 'name', label: '' },
      { key: 'megabytes', label: 'MB', digits: 2 },
    ],
    rows: [
      { name: 'a ring (shared)', megabytes: figure((round) => library[round].ring) },
      { name: 'state (shared)', megabytes: figure((round) => library[round].state) },
      {
        name: 'worker thread: heap after a collection, above an empty one',
        megabytes: figure((round) => library[round].workerHeap - empty[round].workerHeap),
      },
      {
        name: 'worker thread: outside its heap, above an empty one',
        megabytes: figure((round) => library[round].workerExternal - empty[round].workerExternal),
      },
      { name: 'own memory above an empty worker thread: the sum', megabytes: total },
      {
        name: 'not in it: application thread, heap after a collection',
        megabytes: figure((round) => library[round].mainHeap - none[round].mainHeap),
      },
      {
        name: 'not in it: an empty worker thread, resident',
        megabytes: figure((round) => empty[round].resident - none[round].resident),
      },
      {
        name: "cross-check: resident above a process with an empty worker thread, garbage and V8's code included",
        megabytes: figure((round) => library[round].resident - empty[round].resident),
      },
      {
        name: "  of it: pages of the worker thread's heap, above the empty one's",
        megabytes: figure((round) => library[round].workerHeapPages - empty[round].workerHeapPages),
      },
    ],
    goals: [
      {
        what: 'own memory above an empty worker thread',
        goal: `≤ ${GOAL_MEGABYTES} MB`,
        measured: `${figureText(total, 2)} MB`,
        isMet: total.median <= GOAL_MEGABYTES,
      },
    ],
    notes: [
      `after ${seconds} s of load, every page of the ring written and the endpoint read; ${rounds} process(es) of each`,
      'the application thread holds the test workload (0.6 MB) and the HTTP client of this test as well',
    ],
  };
}
