import { afterEach, describe, expect, it, vi } from 'vitest';
import { monotonicMillis } from '../../src/contract/clock.ts';
import { EVENT_ID_MASK, GC_KINDS, KIND_GC, KIND_MASK } from '../../src/contract/record.ts';
import { observeGc } from '../../src/health/gc-observer.ts';

interface Written {
  readonly start: number;
  readonly seconds: number;
  readonly word: number;
}

const SOON = { timeout: 10_000, interval: 5 };
let stop = (): void => undefined;
afterEach(() => stop());

const kindOf = ({ word }: Written): string => GC_KINDS[word & EVENT_ID_MASK];

function observed(): Written[] {
  const written: Written[] = [];
  stop = observeGc(
    { write: (start, seconds, word) => written.push({ start, seconds, word }) },
    monotonicMillis,
  );
  return written;
}

function collect(type: 'major' | 'minor'): void {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc({ type, execution: 'sync' });
}

describe('observeGc', () => {
  it('writes a full collection when it happened and as long as it took, on the clock of the records', async () => {
    const written = observed();
    const before = monotonicMillis();
    collect('major');
    const after = monotonicMillis();
    const isThisOne = (one: Written): boolean =>
      kindOf(one) === 'major' && one.start >= before - 1 && one.start <= after;
    await vi.waitFor(() => expect(written.some(isThisOne)).toBe(true), SOON);
    const pause = written.find(isThisOne);
    expect((pause?.word ?? 0) & KIND_MASK).toBe(KIND_GC);
    expect(pause?.seconds).toBeGreaterThan(0);
    expect((pause?.start ?? 0) + (pause?.seconds ?? 0) * 1e3).toBeLessThanOrEqual(after + 1);
  });

  it('tells a minor collection from a full one', async () => {
    const written = observed();
    collect('minor');
    await vi.waitFor(() => expect(written.map(kindOf)).toContain('minor'), SOON);
  });

  it('writes nothing once it is stopped', async () => {
    const written = observed();
    stop();
    collect('major');
    const other = observed();
    collect('major');
    await vi.waitFor(() => expect(other.map(kindOf)).toContain('major'), SOON);
    expect(written).toEqual([]);
  });
});
