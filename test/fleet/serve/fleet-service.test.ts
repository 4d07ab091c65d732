import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import { DEFAULT_FLEET_OPTIONS, type FleetOptions } from '../../../src/contract/fleet-options.ts';
import { decodeSnapshot } from '../../../src/contract/snapshot-decoder.ts';
import { FleetService } from '../../../src/fleet/fleet-service.ts';
import { eventually } from '../../support/programs.ts';
import { live, Pods } from '../poll/pods.ts';
import { ask, type LogLine, RecordedRollout, recordedLog, TOKEN } from './serving.ts';

let directory: string;
let pods: Pods;
const services: FleetService[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-service-'));
  pods = new Pods();
});

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  await pods.close();
  await rm(directory, { recursive: true, force: true });
});

function service(change: Partial<FleetOptions>) {
  const { log, lines } = recordedLog();
  const rounds: FleetStatistics[] = [];
  const made = new FleetService({
    options: { ...DEFAULT_FLEET_OPTIONS, port: 0, ...change },
    log,
    rollout: new RecordedRollout(),
    registry: new Registry(),
    onRound: (statistics) => void rounds.push(statistics),
  });
  services.push(made);
  return { service: made, lines, rounds };
}

function startLines(lines: readonly LogLine[]): LogLine[] {
  return lines.filter(({ msg }) => msg === 'the fleet service listens');
}

describe('the fleet service', () => {
  it('merges its targets, serves what they say together, and says once what is on', async () => {
    const targets = [await pods.add(live), await pods.add(live)];
    const gone = await pods.add(live);
    await pods.remove(gone);
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, `${TOKEN}\n`);
    const {
      service: made,
      lines,
      rounds,
    } = service({
      targets: [...targets, gone].map(({ url }) => `trading=${url}`),
      tokenFile,
    });
    expect(made.statistics()).toBeNull();
    const { port } = await made.start();
    await eventually('readiness', async () => (await ask(port, '/readyz')).status === 200 || undefined);
    const stats = await eventually('both pods', async () => {
      const read: FleetStatistics = JSON.parse((await ask(port, '/stats.json')).text);
      return read.round.merged === 2 ? read : undefined;
    });
    expect(stats.round.targets).toBe(3);
    expect(stats.services.map(({ service: name, pods: merged }) => [name, merged])).toEqual([['trading', 2]]);
    expect(decodeSnapshot((await ask(port, '/digest')).body).snapshot?.instance).toBe('fleet');
    expect((await ask(port, '/report')).text).toContain('no connection');
    expect((await ask(port, '/metrics')).text).toContain('perf_fleet_targets{state="merged"} 2\n');
    const history = JSON.parse((await ask(port, '/history.json')).text);
    expect(history.seconds.length).toBeGreaterThan(0);
    const asked = { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } };
    expect((await ask(port, '/rollout/pause', asked)).status).toBe(200);
    expect(made.statistics()).toEqual(rounds.at(-1));
    expect(startLines(lines)).toEqual([
      expect.objectContaining({
        level: 30,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        node: process.version,
        host: '127.0.0.1',
        port,
        reads: '3 targets',
        history: 'in memory',
        requests: 'with token',
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
  });

  it('writes its last minute and goes on from it: no total falls', async () => {
    const target = await pods.add(live);
    const options = { targets: [target.url], historyDirectory: join(directory, 'history') };
    const first = service(options);
    const before = await first.service.start();
    await eventually('a round', async () => first.rounds.find(({ round }) => round.merged === 1));
    await first.service.stop();
    await expect(ask(before.port, '/healthz')).rejects.toThrow('ECONNREFUSED');
    expect((await readdir(options.historyDirectory)).length).toBeGreaterThanOrEqual(2);

    await pods.remove(target);
    const second = service(options);
    const { port } = await second.service.start();
    const stats = await eventually('a round', async () => second.rounds[0]);
    const last = first.rounds.at(-1);
    expect(stats.startedAt).toBe(last?.startedAt);
    expect(stats.overall.recorded).toBe(last?.overall.recorded);
    expect(stats.overall.events.map(({ event, count }) => [event, count])).toEqual(
      last?.overall.events.map(({ event, count }) => [event, count]),
    );
    expect(JSON.parse((await ask(port, '/history.json')).text).minutes.length).toBeGreaterThan(0);
    expect(startLines(second.lines)[0]).toMatchObject({ history: options.historyDirectory });
  });

  it.each<[string, Partial<FleetOptions>, RegExp]>([
    ['no targets', {}, /nothing says which processes/],
    ['two kinds of targets', { targets: ['http://a:1'], selector: 'app=a' }, /only one of/],
    ['a bad target', { targets: ['a:1'] }, /http:\/\/HOST:PORT/],
    ['a token file that is none', { targets: ['http://a:1'], tokenFile: '/dev/null/token' }, /--token-file/],
    [
      'no place for its history',
      { targets: ['http://a:1'], historyDirectory: '/dev/null/a' },
      /--history-dir/,
    ],
  ])('does not start with %s', async (_, options, problem) => {
    const { service: made, lines } = service(options);
    await expect(made.start()).rejects.toMatchObject({
      code: 'PERF_FLEET',
      message: expect.stringMatching(problem),
    });
    expect(startLines(lines)).toEqual([]);
  });

  it('does not start where something else listens', async () => {
    const { url } = await pods.add(live);
    const { service: made } = service({ targets: [url], port: Number(new URL(url).port) });
    await expect(made.start()).rejects.toMatchObject({
      code: 'PERF_FLEET',
      message: expect.stringContaining('it is in use'),
    });
    await made.stop();
  });
});
