import { afterEach, describe, expect, it } from 'vitest';
import { PerfMetricsError } from '../../../src/contract/errors.ts';
import { REQUEST_VERBS } from '../../../src/contract/rollout.ts';
import { TokenGuard } from '../../../src/fleet/serve/token-guard.ts';
import { rolloutFixture } from './fixture.ts';
import { type Reply, Serving, TOKEN } from './serving.ts';

let serving: Serving;

afterEach(() => serving.close());

function post(path: string, body?: string, authorization = `Bearer ${TOKEN}`): Promise<Reply> {
  const headers = { ...(authorization !== '' && { authorization }), 'content-type': 'application/json' };
  return serving.ask(path, { method: 'POST', headers, ...(body !== undefined && { body }) });
}

describe('a request to the rollout', () => {
  it.each(REQUEST_VERBS)(
    '%s is passed on with the name of who asks, and answered with the status',
    async (verb) => {
      serving = await Serving.start();
      const reply = await post(`/rollout/${verb}`, '{"by":"Ada Lovelace"}');
      expect([reply.status, JSON.parse(reply.text)]).toEqual([200, rolloutFixture()]);
      expect((await post(`/rollout/${verb}`)).status).toBe(200);
      expect((await post(`/rollout/${verb}`, '{}')).status).toBe(200);
      expect(serving.rollout.requests).toEqual([
        [verb, 'Ada Lovelace'],
        [verb, 'http'],
        [verb, 'http'],
      ]);
      const told = serving.lines.filter(({ level }) => level === 30);
      expect(told[0]).toMatchObject({ verb, by: 'Ada Lovelace' });
    },
  );

  it.each([
    ['no token', ''],
    ['an empty one', 'Bearer '],
    ['another', `Bearer ${TOKEN.replace('c', 'C')}`],
    ['its beginning', `Bearer ${TOKEN.slice(0, -1)}`],
    ['more than it', `Bearer ${TOKEN}x`],
    ['another scheme', `Basic ${TOKEN}`],
    ['the token alone', TOKEN],
    ['two of them', `Bearer ${TOKEN} ${TOKEN}`],
    ['a very long one', `Bearer ${'x'.repeat(8000)}`],
  ])('with %s is refused, and changes nothing', async (_, authorization) => {
    serving = await Serving.start();
    const reply = await post('/rollout/abort', '{"by":"mallory"}', authorization);
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer /);
    expect(JSON.parse(reply.text)).toEqual({ error: expect.stringContaining('Authorization: Bearer') });
    expect(serving.rollout.requests).toEqual([]);
    expect(JSON.stringify(serving.lines)).not.toContain(TOKEN.slice(1, -1));
  });

  it('is refused whatever it carries while no token is configured, with how to switch it on', async () => {
    serving = await Serving.start({ token: null });
    for (const authorization of ['', 'Bearer ', 'Bearer null', `Bearer ${TOKEN}`]) {
      const reply = await post('/rollout/promote', undefined, authorization);
      expect([reply.status, reply.text]).toEqual([403, expect.stringContaining('--token-file')]);
    }
    expect(serving.rollout.requests).toEqual([]);
  });

  it('finds nothing where there is no rollout', async () => {
    serving = await Serving.start({ rollout: null });
    expect((await post('/rollout/pause')).status).toBe(404);
  });

  it.each([
    ['no JSON', 'by=ada', 400],
    ['no object', '["ada"]', 400],
    ['something else', '{"by":"ada","force":true}', 400],
    ['no text as the name', '{"by":7}', 400],
    ['an empty name', '{"by":""}', 400],
    ['blanks as the name', '{"by":"   "}', 400],
    ['65 characters', JSON.stringify({ by: 'x'.repeat(65) }), 400],
    ['a line break', '{"by":"ada\\nlevel=fatal"}', 400],
    ['a control character', '{"by":"\\u001b[31mada"}', 400],
    ['a reversal of the text', '{"by":"\\u202eada"}', 400],
    ['more than 1 KiB', JSON.stringify({ by: 'ada', more: 'x'.repeat(1024) }), 413],
  ])('with a body that holds %s is refused', async (_, body, status) => {
    serving = await Serving.start();
    const reply = await post('/rollout/pause', body);
    expect([reply.status, reply.headers['content-type']]).toEqual([
      status,
      'application/json; charset=utf-8',
    ]);
    expect(Object.keys(JSON.parse(reply.text))).toEqual(['error']);
    expect(serving.rollout.requests).toEqual([]);
  });

  it('takes names that people have', async () => {
    serving = await Serving.start();
    for (const by of ['ada', 'Żółć Ñandú', '李小龍', 'ada@example.com', 'x'.repeat(64)]) {
      expect((await post('/rollout/pause', JSON.stringify({ by }))).status).toBe(200);
      expect(serving.rollout.requests.at(-1)).toEqual(['pause', by]);
    }
  });

  it('that cannot be stored is not called done', async () => {
    serving = await Serving.start();
    serving.rollout.failure = new PerfMetricsError('PERF_ROLLOUT', 'the ConfigMap cannot be written');
    const reply = await post('/rollout/pause');
    expect([reply.status, JSON.parse(reply.text)]).toEqual([
      503,
      { error: 'the ConfigMap cannot be written (PERF_ROLLOUT)' },
    ]);
    serving.rollout.failure = new PerfMetricsError('PERF_ROLLOUT', 'nobody has answered within 10 s');
    expect((await post('/rollout/pause')).status).toBe(503);
    serving.rollout.failure = new TypeError('x of undefined');
    const broken = await post('/rollout/pause');
    expect([broken.status, broken.text]).toEqual([500, expect.not.stringContaining('undefined')]);
  });

  it('that the rollout refuses is a conflict, with its sentence', async () => {
    serving = await Serving.start();
    serving.rollout.failure = new PerfMetricsError(
      'PERF_ROLLOUT_REFUSED',
      'resume refused: the rollout is baseline',
    );
    const reply = await post('/rollout/resume');
    expect([reply.status, JSON.parse(reply.text)]).toEqual([
      409,
      { error: 'resume refused: the rollout is baseline' },
    ]);
  });

  it('is not listened to any more after twenty wrong tokens in ten seconds', async () => {
    serving = await Serving.start();
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) statuses.push((await post('/rollout/abort', undefined, 'Bearer x')).status);
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)]);
    const right = await post('/rollout/abort');
    expect([right.status, right.headers['retry-after']]).toEqual([429, '10']);
    expect(serving.rollout.requests).toEqual([]);
    expect((await serving.ask('/healthz')).status).toBe(200);
  });
});

describe('the guard of the token', () => {
  const right = `Bearer ${TOKEN}`;

  it('forgets failures after ten seconds', () => {
    let now = 0;
    const guard = new TokenGuard(TOKEN, () => now);
    const wrong = (n: number) => Array.from({ length: n }, () => guard.check('Bearer wrong', 'a'));
    expect(wrong(20)).toEqual(Array(20).fill('wrong'));
    now = 9999;
    expect(guard.check(right, 'a')).toBe('too_many');
    now = 10_000;
    expect(guard.check(right, 'a')).toBe('right');
  });

  it('counts each address by itself, and keeps no more than some of them', () => {
    let now = 0;
    const guard = new TokenGuard(TOKEN, () => now);
    for (let i = 0; i < 100_000; i++) guard.check('Bearer wrong', `address-${i % 5000}`);
    expect(guard.check(right, 'address-7')).toBe('too_many');
    expect(guard.check(right, 'never seen')).toBe('too_many');
    now = 10_000;
    expect(guard.check(right, 'never seen')).toBe('right');
    for (let i = 0; i < 30; i++) guard.check('Bearer wrong', 'b');
    expect(guard.check(right, 'c')).toBe('right');
  });
});
