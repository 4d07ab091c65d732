import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/usage.ts';
import { runVerify } from '../../src/commands/verify.ts';

const io = { print: () => undefined, warn: () => undefined };
const PROMETHEUS = ['--prometheus', 'http://127.0.0.1:9'];
const ALERTMANAGER = ['--alertmanager', 'http://127.0.0.1:9'];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'verify-usage-'));
  await writeFile(join(directory, 'broken.yaml'), 'groups: 1');
  await writeFile(join(directory, 'broken.json'), '{"title": "x"}');
});

afterAll(async () => await rm(directory, { recursive: true }));

describe('perf-metrics verify', () => {
  it.each<[string, () => string[], RegExp]>([
    ['nothing to look at', () => [], /say what to look at: --prometheus URL/],
    ['only an Alertmanager, of which nothing is asked', () => ALERTMANAGER, /say what to look at/],
    ['an unknown flag', () => ['--prometeus', 'http://x'], /Unknown option '--prometeus'/],
    ['an address without a scheme', () => ['--fleet', 'fleet:9465'], /--fleet takes a URL with http:\/\//],
    ['a flag without what it is about', () => ['--expect-job', 'x'], /--expect-job needs --prometheus/],
    ['--allow-empty alone', () => [...PROMETHEUS, '--allow-empty'], /--allow-empty needs --dashboards/],
    [
      'a port that is none',
      () => [...ALERTMANAGER, '--receiver-port', '0'],
      /a port from 1 to 65535, got "0"/,
    ],
    [
      'a time that is none',
      () => [...PROMETHEUS, '--timeout', 'soon'],
      /a duration from 1s to 1h such as 90s/,
    ],
    ['a time that is too long', () => [...PROMETHEUS, '--timeout', '2h'], /a duration from 1s to 1h/],
    [
      'an address of another machine to listen on',
      () => [...ALERTMANAGER, '--receiver-port', '8080', '--receiver-host', '192.0.2.1'],
      /name no address to listen on/,
    ],
    [
      'a directory that is not there',
      () => [...PROMETHEUS, '--rules', join(directory, 'gone')],
      /gone cannot be read: ENOENT/,
    ],
    ['rules that are none', () => [...PROMETHEUS, '--rules', directory], /broken.yaml is no file of rules/],
    [
      'a dashboard that is none',
      () => [...PROMETHEUS, '--dashboards', directory],
      /broken.json: it is no dashboard of Grafana/,
    ],
  ])('refuses %s with what to do', async (_, args, message) => {
    const refused = runVerify(args(), io);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });
});
