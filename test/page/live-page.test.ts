import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoEvents } from '../../src/demo/catalogue.ts';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { bodyStyle, launchChromium, openPage, pixelsOf, type WatchedPage, widths } from './chromium.ts';

const DEMO = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));
const EVENTS = demoEvents.specs.map(({ name }) => name);
const A_FIGURE = /^-?\d[\d.,]* ?(ns|µs|ms|s|bp)$/;
const PATIENT = { timeout: 20_000, interval: 100 };
/** Over the SLA of candle_processing by far, and well within what the demo can do at its rate here. */
const FAULT_MILLIS = 60;

/** The live page in a real Chromium, served by the real demo: tests build on one another, in their order. */
describe('the live page', () => {
  let demo: Program;
  let browser: Browser;
  let port: number;
  let url: string;
  let desktop: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    port = await freePort();
    url = `http://127.0.0.1:${port}/`;
    [demo, browser] = [startDemo({ DEMO_FAULTS: '1' }), await launchChromium()];
    await eventually('the demo to answer', async () => ((await fetch(url)).ok ? true : undefined), 20);
    desktop = await openPage(browser, `${url}#window=start`, { colorScheme: 'light' });
    page = desktop.page;
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.stop('SIGKILL');
  });

  function startDemo(environment: NodeJS.ProcessEnv): Program {
    const limits = { PERF_PORT: String(port), DEMO_SECONDS: '100', DEMO_RATE: '12' };
    return startProgram(process.execPath, [DEMO], { ...limits, ...environment });
  }

  const row = (event: string) => page.locator(`#events tr[data-event="${event}"]`);
  const cell = (event: string, label: string) => row(event).locator(`[data-label="${label}"]`);
  const countOf = async (event: string): Promise<number> =>
    Number((await cell(event, 'Count').innerText()).replaceAll(',', ''));
  const brokenWindows = async (event: string): Promise<string[]> =>
    (await row(event).locator('.badge').innerText()).match(/\b(1s|5s|1m)\b/g) ?? [];

  it('shows each event of the catalogue with its P99', async () => {
    for (const event of EVENTS) {
      await expect.poll(() => cell(event, 'P99').innerText(), PATIENT).toMatch(A_FIGURE);
    }
    expect(await page.locator('#events tbody tr').count()).toBe(EVENTS.length);
  });

  it('says at its head whether SLAs are kept, and how fresh that is', async () => {
    await expect
      .poll(() => page.locator('#verdict').innerText())
      .toMatch(/^(All \d+ SLAs kept|SLA broken: \w+)/);
    expect(await page.title()).toMatch(/SLAs kept|SLA broken/);
    expect(await page.locator('#contact').innerText()).toMatch(/^updated/);
  });

  it('switches windows by keyboard', async () => {
    await page.locator('#windows input:checked').focus();
    // Until far more have been counted than the demo has in a second, at the rate above.
    await expect.poll(() => countOf('event_bus_handle'), PATIENT).toBeGreaterThan(200);
    const sinceStart = await countOf('event_bus_handle');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#windows input:checked').inputValue()).toBe('1s');
    const oneSecond = await countOf('event_bus_handle');
    await page.keyboard.press('ArrowLeft');
    expect(sinceStart).toBeGreaterThan(oneSecond);
    expect(await countOf('event_bus_handle')).toBeGreaterThanOrEqual(sinceStart);
  });

  it('chooses an event by keyboard, and keeps the choice over a reload', async () => {
    await page.locator('#events input:checked').focus();
    await page.keyboard.press('ArrowDown');
    const second = EVENTS[1] ?? '';
    expect(await page.locator('#event-title').innerText()).toContain(second);
    await page.reload();
    await expect.poll(() => page.locator('#event-title').innerText(), PATIENT).toContain(second);
    expect(await page.locator('#windows-title').innerText()).toContain(second);
  });

  it('reads its charts to those who do not see them', async () => {
    const chart = page.locator('#quantile-chart [role=slider]');
    await expect.poll(() => chart.getAttribute('aria-label'), PATIENT).toMatch(/P99 is [\d.]+ \S+ now/);
    await expect
      .poll(async () => Number(await chart.getAttribute('aria-valuemax')), PATIENT)
      .toBeGreaterThan(2);
    await chart.focus();
    await page.keyboard.press('Home');
    expect(await chart.getAttribute('aria-valuenow')).toBe('0');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d: P50 [\d.]+ \S+, P95/);
  });

  it('paints its charts in the colours of either scheme, and again on a change', async () => {
    await expect.poll(() => pixelsOf(page, '#quantile-chart canvas', '--p99'), PATIENT).toBeGreaterThan(20);
    // New figures would repaint the charts, too: they are held back until the colours have been looked at.
    let held = 0;
    await page.route('**/stats.json', () => {
      held++;
    });
    try {
      await expect.poll(() => held, PATIENT).toBeGreaterThan(0);
      const grounds = [];
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        await expect.poll(() => pixelsOf(page, '#quantile-chart canvas', '--p99')).toBeGreaterThan(20);
        await expect.poll(() => pixelsOf(page, '#rate-chart canvas', '--p95')).toBeGreaterThan(10);
        grounds.push(await bodyStyle(page, 'background-color'));
      }
      expect(new Set(grounds).size).toBe(2);
    } finally {
      // Lets what was held go on, too.
      await page.unroute('**/stats.json');
    }
  });

  it('fits a phone without scrolling sideways', async () => {
    const phone = await openPage(browser, url, {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
    });
    await phone.page.locator('#events tbody tr').last().waitFor();
    await phone.page.locator('#faults').waitFor();
    expect(await widths(phone.page)).toEqual([360, 360]);
    expect(phone.complaints).toEqual([]);
    await phone.page.context().close();
  });

  it('slows an event down until its SLA breaks, and lets it recover', async () => {
    const event = 'candle_processing';
    const form = page.locator(`form[data-event="${event}"]`);
    const log = page.locator('#sla-log li');
    await expect.poll(() => brokenWindows(event), PATIENT).not.toContain('1s');

    await form.locator('input[type=number]').fill(String(FAULT_MILLIS));
    await form.locator('button[type=submit]').press('Enter');
    await expect.poll(() => form.locator('output').innerText()).toBe(`slowed by ${FAULT_MILLIS} ms`);
    await expect.poll(() => brokenWindows(event), PATIENT).toContain('1s');
    expect(await page.title()).toContain('SLA broken');
    expect(
      await log
        .filter({ hasText: `${event} 1 s: P99` })
        .first()
        .innerText(),
    ).toContain('SLA 50 ms');

    await page.locator('#faults-clear').click();
    await expect.poll(() => form.locator('output').innerText()).toBe('not slowed');
    await expect.poll(() => brokenWindows(event), PATIENT).not.toContain('1s');
    expect(await log.filter({ hasText: `${event} 1 s: after` }).count()).toBeGreaterThan(0);
  });

  it('complains of nothing, and asks nobody but its own service', () => {
    expect(desktop.complaints).toEqual([]);
    expect(desktop.requests).toContain(`${url}stats.json`);
    expect(desktop.requests.filter((request) => !request.startsWith(url))).toEqual([]);
  });

  it('says that the service is gone, keeps the last figures, and recovers by itself', async () => {
    const notice = page.locator('#notice');
    expect(await notice.isVisible()).toBe(false);
    await demo.stop('SIGKILL');
    await notice.waitFor({ timeout: 15_000 });
    expect(await notice.innerText()).toMatch(/No answer since \d+ s: showing the last known figures/);
    expect(await page.title()).toContain('No answer');
    expect(await cell('candle_processing', 'P99').innerText()).toMatch(A_FIGURE);

    demo = startDemo({});
    await notice.waitFor({ state: 'hidden', timeout: 20_000 });
    expect(await page.locator('#contact').innerText()).toMatch(/^updated/);
  });

  it('offers no faults where the service has none', async () => {
    await page.locator('#faults').waitFor({ state: 'hidden' });
  });
});
