import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TokenFile } from '../../../src/fleet/serve/token-file.ts';
import { recordedLog, Serving, TOKEN } from './serving.ts';

const ROTATED = 'another-token-altogether';

let directory: string;
let serving: Serving;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-token-'));
});

afterEach(async () => {
  await serving.close();
  await rm(directory, { recursive: true, force: true });
});

it('a token that comes late, changes, turns bad or goes counts after 10 s, without a restart', async () => {
  const path = join(directory, 'token');
  const { log, lines } = recordedLog();
  let now = 0;
  const file = new TokenFile(path, null, log, () => now);
  serving = await Serving.start({ token: null, currentToken: () => file.current() });
  const pause = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    return (await serving.ask('/rollout/pause', { method: 'POST', headers })).status;
  };

  expect(await pause(TOKEN)).toBe(403);
  await writeFile(path, TOKEN);
  now += 9999;
  expect(await pause(TOKEN)).toBe(403);
  now += 1;
  expect([await pause(TOKEN), await pause(ROTATED)]).toEqual([200, 401]);

  await writeFile(path, ROTATED);
  now += 10_000;
  expect([await pause(TOKEN), await pause(ROTATED)]).toEqual([401, 200]);

  await writeFile(path, 'short');
  for (let i = 0; i < 3; i++) {
    now += 10_000;
    expect([await pause(ROTATED), await pause('short')]).toEqual([403, 403]);
  }
  expect(lines.map(({ level }) => level)).toEqual([50]);
  expect(JSON.stringify(lines)).not.toContain('"short"');

  await writeFile(path, ROTATED);
  now += 10_000;
  expect(await pause(ROTATED)).toBe(200);
  await rm(path);
  now += 10_000;
  expect(await pause(ROTATED)).toBe(403);
});
