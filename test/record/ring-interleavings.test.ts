import { describe, expect, it } from 'vitest';
import { exploreRing } from './interleaving/ring-scenario.ts';
import { loadRing, type Mutation } from './interleaving/shipped-source.ts';

const shipped = await loadRing();
const READER = 'aggregate/ring-reader.ts';
const WRITER = 'record/ring-buffer.ts';

/**
 * All legal outcomes. A letter a record in the order written: `R` read, `-` overwritten and counted as such. The reader
 * gives up a prefix when it finds itself lapped, or the front of what it has copied when it finds that out afterwards;
 * what one drain leaves behind, the next may have to give up. The last `capacity - guard` records are always read.
 */
const CAPACITY_4_RECORDS_6 = ['---RRR', '--RRRR', '-R-RRR', '-RRRRR', 'R--RRR', 'RR-RRR', 'RRRRRR'];
const CAPACITY_4_RECORDS_8 = [
  ...['-----RRR', '----RRRR', '---R-RRR', '---RRRRR', '--R--RRR', '--RR-RRR', '--RRRRRR', '-R---RRR'],
  ...['-RR--RRR', '-RRR-RRR', 'R----RRR', 'RR---RRR', 'RRR--RRR'],
];
/** A ring of eight publishes two records at a time, so that losses come in twos. */
const CAPACITY_8_RECORDS_10 = ['----RRRRRR', '--RRRRRRRR', 'RR--RRRRRR', 'RRRRRRRRRR'];
/** The ninth is published by itself, by the heartbeat. */
const CAPACITY_8_RECORDS_9 = ['---RRRRRR', '--RRRRRRR', 'RR-RRRRRR', 'RRRRRRRRR'];
/** A second drain while the writer writes adds one that reads between two losses. */
const CAPACITY_4_RECORDS_6_TWO_DRAINS = [...CAPACITY_4_RECORDS_6, 'R-RRRR'];

describe('a ring in every interleaving of its writer and its reader', () => {
  it.each([
    { capacityRecords: 4, records: 3, drains: 1, outcomes: ['RRR'] },
    { capacityRecords: 4, records: 6, drains: 1, outcomes: CAPACITY_4_RECORDS_6 },
    { capacityRecords: 4, records: 8, drains: 1, outcomes: CAPACITY_4_RECORDS_8 },
    { capacityRecords: 4, records: 6, drains: 2, outcomes: CAPACITY_4_RECORDS_6_TWO_DRAINS },
    { capacityRecords: 8, records: 10, drains: 1, outcomes: CAPACITY_8_RECORDS_10 },
    { capacityRecords: 8, records: 9, drains: 1, outcomes: CAPACITY_8_RECORDS_9 },
  ])('of $capacityRecords records, $records written, has no outcome but the legal ones', (scenario) => {
    const { interleavings, outcomes, violations } = exploreRing(shipped, scenario);
    expect([...violations]).toEqual([]);
    expect([...outcomes].sort()).toEqual([...scenario.outcomes].sort());
    expect(interleavings).toBeGreaterThan(scenario.outcomes.length);
  });

  it('never tears a trace id', () => {
    const scenario = { capacityRecords: 4, records: 5, drains: 1, areTraced: true };
    const { outcomes, violations } = exploreRing(shipped, scenario);
    expect([...violations]).toEqual([]);
    expect([...outcomes].sort()).toEqual(['--RRR', '-RRRR', 'R-RRR', 'RRRRR']);
  });

  it.each([31, 32, 33])('counts exactly across 2^%i records', (exponent) => {
    const outcomesOf = (before: number): string[] => {
      const { outcomes, violations } = exploreRing(shipped, {
        capacityRecords: 4,
        records: 6,
        drains: 1,
        before,
      });
      expect([...violations]).toEqual([]);
      return [...outcomes].sort();
    };
    for (let early = 1; early <= 6; early++) {
      expect(outcomesOf(2 ** exponent - early)).toEqual(outcomesOf(64 - early));
    }
  });
});

describe('the exploration', () => {
  const torn = 'a torn record was delivered';
  const mutations: readonly (Mutation & { readonly name: string; readonly finds: string })[] = [
    {
      name: 'a reader that leaves the writer no room',
      file: 'contract/record.ts',
      from: 'const unpublished = publishedTogether(capacityRecords);',
      to: 'const unpublished = 0;',
      finds: torn,
    },
    {
      name: 'a reader that does not look again after it has copied',
      file: READER,
      from: 'Math.max(0, this.oldestWhole(this.head) - position)',
      to: '0',
      finds: torn,
    },
    {
      name: 'a writer that publishes a record before it is written',
      file: WRITER,
      from: 'this.starts[slot << 2] = start;',
      to: 'Atomics.store(this.published, 0, (this.head + 1) | 0); this.starts[slot << 2] = start;',
      finds: torn,
    },
    {
      name: 'a reader that forgets to count what it gives up',
      file: READER,
      from: 'this.overwritten += position - this.tail;',
      to: '',
      finds: 'recorded is not aggregated + overwritten',
    },
  ];

  it.each(mutations)('finds $name', async ({ finds, ...mutation }) => {
    const broken = await loadRing([mutation]);
    const { violations } = exploreRing(broken, { capacityRecords: 4, records: 6, drains: 1 });
    expect([...violations]).toContain(finds);
  });

  it('finds a count that ignores a half not yet carried', async () => {
    const broken = await loadRing([{ file: READER, from: '? high : high + 1', to: '? high : high' }]);
    const scenario = { capacityRecords: 4, records: 8, drains: 1, before: 2 ** 32 - 6 };
    const { violations } = exploreRing(broken, scenario);
    expect([...violations]).toContain(torn);
  });

  it('refuses a mutation of a text that is not there', async () => {
    await expect(loadRing([{ file: WRITER, from: 'no such text', to: '' }])).rejects.toThrow(
      'does not hold once',
    );
  });

  it('refuses an access to shared memory that it does not know', async () => {
    const from = 'const next = (this.head + 1) | 0;';
    const to = `${from} Atomics.exchange(this.header, 0, 0);`;
    const strange = await loadRing([{ file: WRITER, from, to }]);
    const scenario = { capacityRecords: 4, records: 1, drains: 1 };
    expect(() => exploreRing(strange, scenario)).toThrow('does not know Atomics.exchange');
  });

  it('refuses a writer that waits for the reader', async () => {
    const from = 'const next = (this.head + 1) | 0;';
    const to = `${from} void this.backlogRecords;`;
    const dependent = await loadRing([{ file: WRITER, from, to }]);
    const scenario = { capacityRecords: 4, records: 1, drains: 1 };
    expect(() => exploreRing(dependent, scenario)).toThrow('the writer depends on word');
  });
});
