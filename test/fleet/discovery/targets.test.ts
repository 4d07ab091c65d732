import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../../src/contract/fleet.ts';
import { StaticTargets } from '../../../src/fleet/discovery/static-targets.ts';
import { parseTargetsFile, TargetsFile } from '../../../src/fleet/discovery/targets-file.ts';
import type { Log } from '../../../src/fleet/log.ts';
import { eventually } from '../../support/programs.ts';

const QUIET: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function targetsOf(...targets: string[]): Promise<readonly Target[]> {
  let told: readonly Target[] = [];
  const onTargets = (all: readonly Target[]): void => {
    told = all;
  };
  await new StaticTargets({ targets, onTargets, log: QUIET }).start();
  return told;
}

describe('targets that are named', () => {
  it('are a URL, or a service and a URL', async () => {
    expect(
      await targetsOf(
        'http://10.0.0.7:9464',
        'trading=https://pod.example/',
        'HTTP://Host:80',
        'http://[::1]:9',
      ),
    ).toEqual([
      { id: 'http://10.0.0.7:9464', name: '10.0.0.7:9464', service: 'default', url: 'http://10.0.0.7:9464' },
      { id: 'https://pod.example', name: 'pod.example:443', service: 'trading', url: 'https://pod.example' },
      { id: 'http://host', name: 'host:80', service: 'default', url: 'http://host' },
      { id: 'http://[::1]:9', name: '[::1]:9', service: 'default', url: 'http://[::1]:9' },
    ]);
  });

  it.each([
    ['10.0.0.7:9464', 'is no URL: write http://HOST:PORT'],
    ['localhost:9464', 'is no URL'],
    ['', 'is no URL'],
    ['ftp://host', 'is no URL'],
    ['http://', 'is no URL'],
    ['http://host:99999', 'is no URL'],
    ['http://host/digest', 'must end after the port: write http://host'],
    ['http://host?a=b', 'must end after the port'],
    ['http://host#a', 'must end after the port'],
    ['=http://host', 'must be 1 to 63'],
    ['a service=http://host', 'must be 1 to 63'],
    [`${'a'.repeat(64)}=http://host`, 'must be 1 to 63'],
  ])('are refused when they are %j', async (target, problem) => {
    await expect(async () => targetsOf(target)).rejects.toMatchObject({
      code: 'PERF_FLEET',
      message: expect.stringContaining(problem),
    });
  });

  it('are refused when they hold a password, which is not repeated', async () => {
    const refused = expect(async () => targetsOf('http://me:secret@host')).rejects;
    await refused.toThrow('write http://host');
    await refused.not.toThrow('secret');
  });

  it('are refused when one is there twice, however it is written', async () => {
    await expect(async () => targetsOf('http://host:80', 'b=http://HOST/')).rejects.toThrow('named twice');
  });
});

describe('a targets file', () => {
  it('holds a list, in YAML or JSON, of URLs or mappings', () => {
    const b = { id: 'http://b:1', name: 'bee', service: 's', url: 'http://b:1' };
    expect(parseTargetsFile('- s=http://a:1\n- url: http://b:1\n  service: s\n  name: bee\n')[1]).toEqual(b);
    expect(parseTargetsFile('[{"url": "http://b:1", "service": "s", "name": "bee"}]')).toEqual([b]);
    expect(parseTargetsFile('[]')).toEqual([]);
  });

  it('holds at most 10,000', () => {
    const list = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => `http://h${i}:1`));
    expect(parseTargetsFile(list(10_000))).toHaveLength(10_000);
    expect(() => parseTargetsFile(list(10_001))).toThrow('at most 10000');
  });

  it.each([
    ['', 'must hold a list'],
    ['url: http://a', 'must hold a list'],
    ['[', 'no YAML or JSON'],
    ['- [http://a]', 'neither a URL nor a mapping'],
    ['- {}', 'neither a URL nor a mapping'],
    ['- null', 'neither a URL nor a mapping'],
    ['- {service: a}', 'without a url'],
    ['- {url: 7}', 'url that is no text'],
    ['- {url: http://a, port: 1}', 'the key "port"'],
    ['- {url: http://a, name: ""}', 'the name of http://a'],
    ['- http://a\n- http://a', 'named twice'],
    ['- &a http://a\n- *a', 'no YAML or JSON'],
  ])('is refused when it holds %j', (text, problem) => {
    expect(() => parseTargetsFile(text)).toThrow(problem);
  });
});

describe('a followed targets file', () => {
  let directory: string;
  let path: string;
  let told: string[][];
  let logged: string[];
  let file: TargetsFile;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'perf-targets-'));
    path = join(directory, 'targets.yaml');
    told = [];
    logged = [];
    const log = (level: string) => (_: object, message: string) => void logged.push(`${level}: ${message}`);
    file = new TargetsFile({
      path,
      onTargets: (targets) => void told.push(targets.map(({ name }) => name)),
      log: { ...QUIET, warn: log('warn') },
    });
  });

  afterEach(async () => {
    file.stop();
    await rm(directory, { recursive: true });
  });

  const toldOf = (...names: string[]) =>
    eventually(`targets ${names}`, async () => told.at(-1)?.join() === names.join() || undefined, 10);

  it('is read at the start and whenever it changes, by links that are swapped as well', async () => {
    await mkdir(join(directory, '1'));
    await mkdir(join(directory, '2'));
    await writeFile(join(directory, '1', 'targets.yaml'), '- http://a:1');
    await writeFile(join(directory, '2', 'targets.yaml'), '- http://a:1\n- http://b:1');
    await symlink('1', join(directory, 'data'));
    await symlink(join('data', 'targets.yaml'), path);
    await file.start();
    expect(told).toEqual([['a:1']]);
    await symlink('2', join(directory, 'data-new'));
    await rename(join(directory, 'data-new'), join(directory, 'data'));
    await toldOf('a:1', 'b:1');
    expect([told.length, logged]).toEqual([2, []]);
  });

  it('leaves the last good list in force when it is bad or gone, which is reported once', async () => {
    await writeFile(path, '- http://a:1');
    await file.start();
    await writeFile(`${path}-new`, '- nonsense');
    await rename(`${path}-new`, path);
    await eventually('a warning', async () => logged.length > 0 || undefined, 10);
    await rm(path);
    await eventually('another one', async () => logged.length > 1 || undefined, 10);
    await writeFile(path, '- http://b:1');
    await toldOf('b:1');
    expect(told).toEqual([['a:1'], ['b:1']]);
    expect(new Set(logged)).toEqual(
      new Set(['warn: the targets file cannot be used: the last good list stays in force']),
    );
    expect(logged).toHaveLength(2);
  });

  it('is found when it comes later', async () => {
    await file.start();
    expect([told, logged.length]).toEqual([[], 1]);
    await writeFile(path, '["http://a:1"]');
    await toldOf('a:1');
  });
});
