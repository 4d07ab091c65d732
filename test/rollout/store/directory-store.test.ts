import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStore } from '../../../src/rollout/store/directory-store.ts';
import { StoreConflict } from '../../../src/rollout/store/rollout-store.ts';

let directory: string;
let store: DirectoryStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rollout-store-'));
  store = new DirectoryStore(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the state in a directory', () => {
  it('is nothing at first, and then what was written, status and evidence in one piece', async () => {
    expect(await store.readState()).toEqual({ status: null, evidence: null, request: null, version: '0' });
    const version = await store.writeState('{"step":1}', '{"pods":[]}', '0');
    expect(await store.readState()).toEqual({
      status: '{"step":1}',
      evidence: '{"pods":[]}',
      request: null,
      version,
    });
  });

  it('is written by one of many who have read the same version, and the others are told', async () => {
    await store.writeState('{"by":"first"}', '{}', '0');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        new DirectoryStore(directory).writeState(`{"by":${i}}`, '{}', '1'),
      ),
    );
    const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(winners).toHaveLength(1);
    const { status } = await store.readState();
    expect(status).toBe(`{"by":${winners[0]}}`);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreConflict);
    }
  });

  it('is not changed by a writer that slept while its number was written and cleared away', async () => {
    for (const version of ['0', '1', '2', '3']) await store.writeState(`{"after":${version}}`, '{}', version);
    await expect(store.writeState('{"stale":true}', '{}', '1')).rejects.toThrow(StoreConflict);
    expect((await store.readState()).status).toBe('{"after":3}');
    expect(await readdir(directory)).toEqual(['state-4.json']);
  });

  it('is read whole while it is being replaced', async () => {
    let version = await store.writeState('{"n":0}', '{"n":0}', '0');
    let isWriting = true;
    const reading = (async () => {
      while (isWriting) {
        const { status, evidence } = await new DirectoryStore(directory).readState();
        expect(evidence).toBe(status);
      }
    })();
    for (let n = 1; n <= 100; n++) version = await store.writeState(`{"n":${n}}`, `{"n":${n}}`, version);
    isWriting = false;
    await reading;
  });

  it('that somebody has damaged is told of by its name', async () => {
    await writeFile(join(directory, 'state-3.json'), '{"status":');
    await expect(store.readState()).rejects.toThrow(/state-3\.json is no JSON: delete it/);
  });

  it('leaves nothing behind of writers that were killed', async () => {
    const abandoned = join(directory, '.state-9.json.3f.tmp');
    await writeFile(abandoned, '{"sta');
    await store.writeState('{}', '{}', '0');
    expect(await readdir(directory)).toContain('.state-9.json.3f.tmp');
    await utimes(abandoned, new Date(0), new Date(0));
    await store.writeState('{}', '{}', '1');
    expect(await readdir(directory)).toEqual(['state-2.json']);
  });
});

describe('a request', () => {
  const request = { id: 'a', verb: 'abort', by: 'eve', at: 100_000 } as const;
  const next = { id: 'b', verb: 'pause', by: 'bob', at: 100_000 } as const;
  const pending = async () => (await new DirectoryStore(directory).readState()).request;

  it('is kept beside the state, and refuses others until it is answered', async () => {
    await store.writeRequest(request);
    await expect(store.writeRequest({ ...next, at: 109_999 })).rejects.toMatchObject({
      code: 'PERF_ROLLOUT',
      message:
        'eve has asked to abort just now, and that is not answered yet: ask to pause again in some seconds',
    });
    expect(await pending()).toEqual(request);
    await store.writeState('{"answeredRequest":"a"}', '{}', '0');
    await store.writeRequest(next);
    expect(await pending()).toEqual(next);
  });

  it('that nobody has answered for ten seconds is replaced, and so is one of a clock that is ahead', async () => {
    await store.writeRequest(request);
    await store.writeRequest({ ...next, at: 110_000 });
    expect((await pending())?.id).toBe('b');
    await store.writeRequest(request);
    expect((await pending())?.id).toBe('a');
  });

  it('is that of one of many who ask at the same time, and the others are told', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        new DirectoryStore(directory).writeRequest({ ...request, id: `r${i}` }),
      ),
    );
    const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [`r${i}`] : []));
    expect(winners).toEqual([(await pending())?.id]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'PERF_ROLLOUT' });
    }
  });

  it('is removed with the state that answers it, unless it is another one by then', async () => {
    await store.writeRequest(request);
    await store.writeState('{}', '{}', '0', { ...request, id: 'other' });
    expect(await pending()).toEqual(request);
    await store.writeState('{}', '{}', '1', request);
    expect(await pending()).toBeNull();
  });

  it('that is none is as good as absent', async () => {
    for (const text of ['', '{', 'null', '{"id":"a","verb":"explode","by":"eve","at":1}', '{"id":1}']) {
      await writeFile(join(directory, 'request-1.json'), text);
      expect((await store.readState()).request).toBeNull();
    }
  });
});

describe('a state directory', () => {
  it('that does not exist is told of, with the command that makes it', async () => {
    const missing = new DirectoryStore(join(directory, 'missing'));
    await expect(missing.readState()).rejects.toMatchObject({
      code: 'PERF_ROLLOUT',
      message: expect.stringMatching(/missing cannot be read .*rollout init --state-dir/),
    });
  });

  it('is made with a spec, which is never overwritten', async () => {
    const fresh = new DirectoryStore(join(directory, 'a', 'b'));
    await fresh.init('steps: []\n');
    expect(await fresh.readSpec()).toBe('steps: []\n');
    await expect(fresh.init('other')).rejects.toThrow(/exists already/);
    expect(await readFile(fresh.specSource, 'utf8')).toBe('steps: []\n');
  });

  it('has no spec until one is written', async () => {
    expect(await store.readSpec()).toBeNull();
  });
});
