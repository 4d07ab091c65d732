import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Check, type Finding, fault, ok } from '../../src/verify/check.ts';
import { runChecks } from '../../src/verify/run-checks.ts';

function check(name: string, look: (times: number, signal: AbortSignal) => Promise<Finding>): Check {
  let times = 0;
  return { name, look: (signal) => look(++times, signal) };
}

const quiet = (): void => undefined;

describe.concurrent('the checks of an installation', () => {
  it('are made again until all hold, and those that hold are not', async () => {
    let looks = 0;
    const atOnce = check('at once', async () => {
      looks++;
      return ok('fine');
    });
    const later = check('later', async (times) => (times < 3 ? fault('not yet') : ok('now', ['in detail'])));
    expect(await runChecks([atOnce, later], 15_000, quiet)).toEqual([
      { name: 'at once', isOk: true, summary: 'fine', details: [] },
      { name: 'later', isOk: true, summary: 'now', details: ['in detail'] },
    ]);
    expect(looks).toBe(1);
  });

  it('tell of the last look when the time is up; what was thrown is a finding', async () => {
    const faulty = check('faulty', async (times) => fault(`look ${Math.min(times, 2)}`));
    const thrown = check('thrown', async () => {
      throw new Error('no answer');
    });
    const results = await runChecks([faulty, thrown], 2500, quiet);
    expect(results.map(({ isOk, summary }) => [isOk, summary])).toEqual([
      [false, 'look 2'],
      [false, 'no answer'],
    ]);
  });

  it('tell of the look before one that the deadline has cut off', async () => {
    const hangs = check('hangs', async (times, signal) => {
      if (times > 1) await delay(60_000, undefined, { signal });
      return fault('2 of 3 are down');
    });
    expect(await runChecks([hangs], 2000, quiet)).toMatchObject([{ summary: '2 of 3 are down' }]);
  });

  it('name what is waited for now and then', async () => {
    const told: string[] = [];
    const holds = check('holds', async () => ok(''));
    const faulty = check('faulty', async (times) => (told.length > 0 && times > 1 ? ok('') : fault('')));
    await runChecks([holds, faulty], 15_000, (waiting, seconds) => {
      expect(seconds).toBeGreaterThan(0);
      told.push(waiting.join());
    });
    expect(told).toEqual(['faulty']);
  });
});
