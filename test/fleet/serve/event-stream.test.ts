import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import { EventStream, eventText, MOST_STREAM_CLIENTS } from '../../../src/fleet/serve/event-stream.ts';
import { MOST_PODS_STREAMED, streamedStats } from '../../../src/fleet/serve/stream-text.ts';
import { eventually } from '../../support/programs.ts';
import { fleetFixture, largeFleetFixture, OUTLIER, rolloutFixture, SET_ASIDE } from './fixture.ts';
import { Connection, Serving } from './serving.ts';

const DIGEST = new Uint8Array(4);
const FOLLOW = 'GET /events HTTP/1.1\r\nHost: x\r\n\r\n';

let serving: Serving;

afterEach(() => serving.close());

/** Connects, and waits until the server has answered. */
async function follow(): Promise<Connection> {
  const connection = await serving.connection(FOLLOW);
  await eventually('an answer', async () => connection.text.includes('\r\n\r\n') || undefined);
  return connection;
}

/** The fields of each event that a connection has got. */
function eventsOf({ text }: Connection): { event: string; id: string; data: FleetStatistics }[] {
  return [...text.matchAll(/event: (.*)\nid: (.*)\ndata: (.*)\n\n/g)].map(
    ([, event = '', id = '', data = '']) => {
      return { event, id, data: JSON.parse(data) };
    },
  );
}

async function clients(): Promise<number> {
  serving.server.update(fleetFixture(), DIGEST);
  const { text } = await serving.ask('/metrics');
  return Number(/^perf_fleet_stream_clients (\d+)$/m.exec(text)?.[1]);
}

describe('/events', () => {
  it('sends what /stats.json says, at once and then each round', async () => {
    serving = await Serving.start();
    serving.server.update(fleetFixture(300), DIGEST);
    const client = await follow();
    const head = client.text.slice(0, client.text.indexOf('\r\n\r\n')).toLowerCase();
    expect(head).toContain('content-type: text/event-stream; charset=utf-8');
    expect(head).toContain('cache-control: no-store');
    expect(head).toContain('x-content-type-options: nosniff');
    expect(client.text).toContain('retry: 2000\n\n');
    for (const round of [301, 302]) serving.server.update(fleetFixture(round), DIGEST);
    const events = await eventually('three events', async () =>
      eventsOf(client).length === 3 ? eventsOf(client) : undefined,
    );
    expect(events.map(({ event, id }) => [event, id])).toEqual([
      ['fleet', '300'],
      ['fleet', '301'],
      ['fleet', '302'],
    ]);
    const stats = JSON.parse((await serving.ask('/stats.json')).text);
    expect(events[2]?.data).toEqual({ ...stats, podsTotal: 12 });
    expect(stats.rollout).toEqual(rolloutFixture());
  });

  it('has nothing to say before the first round, and says it then', async () => {
    serving = await Serving.start();
    const client = await follow();
    expect(eventsOf(client)).toEqual([]);
    serving.server.update(fleetFixture(1), DIGEST);
    await eventually('the first event', async () => eventsOf(client).length === 1 || undefined);
  });

  it('answers HEAD without a stream', async () => {
    serving = await Serving.start();
    const { status, headers } = await serving.ask('/events', { method: 'HEAD' });
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await clients()).toBe(0);
  });

  it('refuses the 65th client, and takes another when one has gone', async () => {
    serving = await Serving.start();
    const all = await Promise.all(Array.from({ length: MOST_STREAM_CLIENTS }, follow));
    expect(await clients()).toBe(64);
    const refused = await serving.ask('/events');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '10']);
    all[0]?.socket.destroy();
    await eventually('a place', async () => (await clients()) === 63 || undefined);
    expect((await follow()).text).toMatch(/^HTTP\/1.1 200 /);
  });

  it('lets a client that reads slowly skip events, and cuts one that reads nothing for 30 s', async () => {
    serving = await Serving.start();
    let now = 0;
    const stream = new EventStream({}, () => now);
    const server = createServer((request, response) => stream.add(request, response, () => null));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connection = new Connection(connect(port, '127.0.0.1'));
    try {
      connection.socket.write(FOLLOW);
      await eventually('an answer', async () => connection.text.includes('retry:') || undefined);
      const flood = async (from: number): Promise<void> => {
        connection.socket.pause();
        for (let i = from; i < from + 100; i++) {
          stream.send(() => eventText('fleet', i, JSON.stringify('x'.repeat(256 * 1024))));
          await new Promise(setImmediate);
        }
      };
      await flood(0);
      now += 29_000;
      stream.send(() => eventText('fleet', 500, '"newest"'));
      connection.socket.resume();
      await eventually('the newest event', async () => connection.text.includes('"newest"\n\n') || undefined);
      expect(connection.text.match(/^id: /gm)?.length).toBeLessThan(100);

      await flood(1000);
      now += 30_000;
      stream.send(() => eventText('fleet', 2000, '""'));
      expect(stream.size).toBe(1);
      now += 1;
      stream.send(() => eventText('fleet', 2001, '""'));
      await eventually('the cut', async () => stream.size === 0 || undefined);
    } finally {
      connection.socket.destroy();
      stream.close();
      server.close();
    }
  });

  it('ends its streams when the server closes', async () => {
    serving = await Serving.start();
    const client = await follow();
    await Promise.all([once(client.socket, 'close'), serving.server.close()]);
  });
});

describe('the pods of an event', () => {
  it('are all of them while they are few', async () => {
    const stats = { ...fleetFixture(), rollout: null };
    expect(streamedStats(stats)).toEqual({ ...stats, podsTotal: 12 });
  });

  it('are those furthest from their service, and those set aside, when they are many', async () => {
    const streamed = streamedStats({ ...largeFleetFixture(500), rollout: null });
    expect([streamed.pods.length, streamed.podsTotal]).toEqual([MOST_PODS_STREAMED, 512]);
    expect(streamed.pods[0]?.name).toBe(OUTLIER.name);
    expect(streamed.pods.at(-1)?.name).toBe(SET_ASIDE.name);
  });

  it('are no more when all are set aside', () => {
    const { pods, ...fleet } = largeFleetFixture(500);
    const gone = pods.map((pod) => ({ ...pod, state: 'set_aside' as const, reason: 'unreachable' as const }));
    expect(streamedStats({ ...fleet, pods: gone, rollout: null }).pods).toEqual(gone.slice(0, 100));
  });
});
