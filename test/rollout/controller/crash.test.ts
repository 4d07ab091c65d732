import { describe, expect, it } from 'vitest';
import type { RolloutRequest } from '../../../src/contract/rollout.ts';
import { DirectoryStore } from '../../../src/rollout/store/directory-store.ts';
import type { StoredOptions, StoredState } from '../../../src/rollout/store/rollout-store.ts';
import { brokenChain, RolloutRun } from '../support/rollout-run.ts';
import { quickSpec } from '../support/specs.ts';

class Killed extends Error {}

/** A store whose n-th call is the last: the process ends before it, or after it and before its answer. */
class MortalStore extends DirectoryStore {
  readonly death = Promise.withResolvers<void>();
  private isDead = false;
  private left: number;
  private readonly isAfter: boolean;

  constructor(directory: string, calls: number, isAfter: boolean) {
    super(directory);
    this.left = calls;
    this.isAfter = isAfter;
  }

  override readSpec = (): Promise<string | null> => this.call(() => super.readSpec());
  override readState = (): Promise<StoredState> => this.call(() => super.readState());
  override readOptions = (): Promise<StoredOptions> => this.call(() => super.readOptions());
  override writeState = (status: string, evidence: string, version: string): Promise<string> =>
    this.call(() => super.writeState(status, evidence, version));
  override writeOptions = (text: string): Promise<void> => this.call(() => super.writeOptions(text));
  override writeRequest = (request: RolloutRequest): Promise<void> =>
    this.call(() => super.writeRequest(request));

  private async call<T>(action: () => Promise<T>): Promise<T> {
    this.left--;
    const isLast = this.left === 0;
    if (this.isDead || (isLast && !this.isAfter)) this.die();
    const answer = await action();
    if (isLast) this.die();
    return answer;
  }

  private die(): never {
    this.isDead = true;
    this.death.resolve();
    throw new Killed();
  }
}

describe('a process that ends at any call of its store', () => {
  it.each([
    ['before', false],
    ['after', true],
  ])(
    '%s the call, leaves a rollout that goes on at the same step, to the end',
    { timeout: 60_000 },
    async (_, isAfter) => {
      await using run = await RolloutRun.create(quickSpec(0.5));
      let deaths = 0;
      let calls = 1;
      // Each process dies one call later than the one before, until the rollout is complete.
      for (let phase = ''; phase !== 'complete' && deaths < 500; ) {
        const before = await run.storedStatus();
        const store = new MortalStore(run.directory, calls, isAfter);
        const controller = run.start({ store });
        await store.death.promise;
        deaths++;
        calls = 3 + (deaths % 9);
        await controller.stop();
        const after = await run.storedStatus();
        expect(after?.step ?? -1).toBeGreaterThanOrEqual(before?.step ?? -1);
        expect((after?.step ?? -1) - (before?.step ?? -1)).toBeLessThanOrEqual(3);
        phase = after?.phase ?? '';
      }
      run.start();
      await run.consistent();
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
      expect(deaths).toBeGreaterThan(10);
    },
  );
});
