import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetHistory, FleetStatistics } from '../../src/contract/fleet.ts';
import type { RolloutStatus } from '../../src/contract/rollout.ts';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { launchChromium, openPage, pixelsOf } from './chromium.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const DEMO = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));
const PODS = 5;
/** The first step is held for longer than the test looks on; gates of so few processes tell little. */
const SPEC = `
baseline: { hold: 3s }
steps:
  - { samplingRate: 0.5, hold: 1h }
  - { samplingRate: 1, hold: 1h }
gates: { maxOverheadRatio: 0.5, maxCpuIncreaseRatio: 10, maxLoopDelayIncrease: 10s }
`;
const PATIENT = { timeout: 60_000, interval: 250 };

/** Nothing here is a stand-in: the command as users run it, over processes of the demo, in Chromium. */
describe('perf-metrics fleet over five processes', () => {
  const programs: Program[] = [];
  const ports: number[] = [];
  let directory: string;
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'perf-metrics-fleet-'));
    await writeFile(join(directory, 'spec.yaml'), SPEC);
    for (let i = 0; i < PODS; i++) {
      const port = await freePort();
      ports.push(port);
      programs.push(
        startProgram(process.execPath, [DEMO], {
          PERF_INSTANCE: `trader-${i}`,
          PERF_PORT: String(port),
          PERF_ENABLED: 'false',
          PERF_OPTIONS_FILE: join(directory, 'options.yaml'),
          DEMO_RATE: '20',
          DEMO_FAULTS: '1',
        }),
      );
    }
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const targets = ports.flatMap((target) => ['--target', `trading=http://127.0.0.1:${target}`]);
    const rollout = ['--rollout', 'directory', '--rollout-directory', directory];
    const history = ['--history-directory', join(directory, 'history'), '--history-interval-seconds', '5'];
    const args = [CLI, 'fleet', '--port', String(port), ...targets, ...rollout, ...history];
    programs.push(startProgram(process.execPath, args));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all(programs.map((program) => program.stop()));
    await rm(directory, { recursive: true });
  });

  async function json<T>(path: string): Promise<T> {
    return (await (await fetch(url + path)).json()) as T;
  }

  function fleet(): Promise<FleetStatistics & { rollout: RolloutStatus | null }> {
    return json('/stats.json');
  }

  it('takes them to the first step, two of them kept disabled', async () => {
    const { pods, rollout } = await eventually('the first step', async () => {
      const now = await fleet();
      return now.rollout?.step === 0 && now.rollout.pods.inStep === PODS ? now : undefined;
    });
    expect(rollout?.control).toHaveLength(2);
    expect(pods.filter(({ figures }) => figures?.rate === 0.5)).toHaveLength(3);
  });

  it('shows percentiles, pods side by side with the outlier, SLAs and the rollout, without a complaint', async () => {
    const { pods } = await fleet();
    const measured = pods.find(({ figures }) => figures?.enabled);
    await fetch(`${measured?.url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'exchange_round_trip', delay_ms: 150 }),
    });
    const { page, complaints, requests } = await openPage(browser, url);
    await expect
      .poll(() => page.locator('#verdict').innerText(), PATIENT)
      .toMatch(/of trading breaks its SLA over/);
    await page.locator('#choose-event').selectOption('exchange_round_trip');
    await expect.poll(() => pixelsOf(page, '#quantile-chart canvas', '--p95'), PATIENT).toBeGreaterThan(50);
    const outlier = page.locator('#pods tr.outlier .pod-name');
    await expect.poll(() => outlier.allInnerTexts(), PATIENT).toEqual([measured?.name]);
    expect(await page.locator('#pods tbody tr').count()).toBe(PODS);
    expect(await page.locator('#pods .badge', { hasText: 'control' }).count()).toBe(2);
    const gates = page.locator('#rollout-gates tbody tr');
    await expect.poll(() => gates.count(), PATIENT).toBe(6);
    expect(await page.locator('#rollout-gates tr[data-gate="losses"]').innerText()).toContain('passes');
    expect(complaints).toEqual([]);
    expect(requests.filter((request) => !request.startsWith(url))).toEqual([]);
  });

  it('serves what promtool and people read, and has a history to report on', async () => {
    const report = await (await fetch(`${url}/report`)).text();
    expect(report).toMatch(
      /trading \(5 pods\)[\s\S]*exchange_round_trip[\s\S]*BROKEN[\s\S]*Sampling rollout/,
    );
    await eventually('a dump', async () => {
      const { minutes } = await json<FleetHistory>('/history.json');
      return minutes.length > 1 ? true : undefined;
    });
    const options = JSON.parse(await readFile(join(directory, 'options.yaml'), 'utf8'));
    expect(options).toMatchObject({ enabled: true, samplingRate: 0.5 });
    const printed = startProgram(process.execPath, [CLI, 'report', join(directory, 'history'), '--json']);
    await eventually('the report', async () => printed.output().endsWith('}\n') || undefined, 20);
    const { services, events } = JSON.parse(printed.output());
    expect(services).toEqual(['trading']);
    expect(events).toContainEqual(expect.objectContaining({ event: 'exchange_round_trip' }));
  });
});
