import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, openPage, pixelsOf, type WatchedPage, widths } from './chromium.ts';
import { fleetNews, hostileNews, keptNews, OUTLIER, SET_ASIDE } from './fleet-fixture.ts';
import { FleetServer } from './fleet-server.ts';
import { FAILING_SENTENCE, HOSTILE, rolledBackStatus } from './rollout-fixture.ts';

const PATIENT = { timeout: 20_000, interval: 100 };
/** Of today, or of the day before: the tests may run at midnight. */
const A_MOMENT = /(\d\d:\d\d:\d\d|\d\d? \w+ \d\d:\d\d)$/;
const A_FIGURE = /^\d[\d.,]* ?(ns|µs|ms|s)$/;

/** The fleet's live page in a real Chromium: tests build on one another, in their order. */
describe('the live page of the fleet', () => {
  let server: FleetServer;
  let browser: Browser;
  let desktop: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([FleetServer.start(fleetNews), launchChromium()]);
    desktop = await openPage(browser, server.url, { colorScheme: 'light' });
    page = desktop.page;
    await page.locator('#pods tbody tr').first().waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const text = (selector: string) => page.locator(selector).innerText();
  const pods = () => page.locator('#pods tbody tr .pod-name').allInnerTexts();
  const pod = (name: string) => page.locator(`#pods tr[data-pod="${name}"]`);
  const gate = (name: string) => page.locator(`#rollout-gates tr[data-gate="${name}"]`);

  it('says at its head which event of which service breaks its SLA, over which window and since when', async () => {
    const sentence = await text('#verdict');
    expect(sentence).toMatch(/^order_execution of checkout breaks its SLA over 1 m since /);
    expect(sentence).toMatch(A_MOMENT);
    await expect.poll(() => page.locator('[role=status]').textContent(), PATIENT).toBe(sentence);
    expect(await page.title()).toContain('SLA broken');
    expect(await text('#tile-pods')).toMatch(/11 of 12\s+1 set aside/);
    expect(await text('#tile-rate')).toContain('14,690');
    expect(await text('#contact')).toMatch(/^updated/);
  });

  it('draws what breaks its SLA, from the history at once, with the threshold as a line', async () => {
    expect(await page.locator('#choose-event').inputValue()).toBe('order_execution');
    await expect.poll(() => pixelsOf(page, '#quantile-chart canvas', '--p99'), PATIENT).toBeGreaterThan(100);
    expect(await pixelsOf(page, '#quantile-chart canvas', '--bad')).toBeGreaterThan(50);
    await expect.poll(() => pixelsOf(page, '#rate-chart canvas', '--p95'), PATIENT).toBeGreaterThan(50);
    const chart = page.locator('#quantile-chart [role=slider]');
    const points = async () => Number(await chart.getAttribute('aria-valuemax'));
    await expect.poll(points, PATIENT).toBeGreaterThan(250);
    expect(await chart.getAttribute('aria-label')).toMatch(/P99 is [\d.]+ ms now.*the SLA 5\.00 ms/);
    const before = await chart.getAttribute('aria-valuetext');
    await expect.poll(() => chart.getAttribute('aria-valuetext'), PATIENT).not.toBe(before);
  });

  it('shows the day minute by minute, and keeps that choice over a reload', async () => {
    await page.locator('#past input:checked').focus();
    await page.keyboard.press('ArrowRight');
    const points = async () =>
      Number(await page.locator('#quantile-chart [role=slider]').getAttribute('aria-valuemax'));
    await expect.poll(points, PATIENT).toBeGreaterThan(1400);
    await page.reload();
    await expect.poll(points, PATIENT).toBeGreaterThan(1400);
    expect(await page.locator('#past input:checked').inputValue()).toBe('day');
  });

  it('chooses service and event by keyboard', async () => {
    await page.locator('#choose-event').focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => text('#event-title'), PATIENT).toBe('event_bus_publish of checkout');
    await page.locator('#choose-service').focus();
    await page.keyboard.press('Home');
    await expect.poll(() => text('#event-title'), PATIENT).toContain('of all services');
    expect((await pods()).filter((name) => !name.startsWith('checkout'))).toEqual([]);
    await page.locator('#choose-service').selectOption('checkout');
    await page.locator('#choose-event').selectOption('order_execution');
    await expect.poll(() => text('#event-title'), PATIENT).toBe('order_execution of checkout');
  });

  it('puts the outlier first, marked, and none but it', async () => {
    expect((await pods())[0]).toBe(OUTLIER);
    expect(await page.locator('#pods tr.outlier').count()).toBe(1);
    expect(await pod(OUTLIER).locator('.badge').innerText()).toBe('outlier');
    expect(await pod(OUTLIER).locator('.beside').innerText()).toBe('5.2 ×');
    expect(await pod(OUTLIER).locator('[data-label="P99"]').innerText()).toMatch(A_FIGURE);
    expect(await pod(OUTLIER).locator('[data-label="Sampling"]').innerText()).toBe('50.0 %');
    expect(await pod(OUTLIER).locator('[data-label="Lost"]').innerText()).toBe('1,284');
    expect(await text('#tile-outliers')).toContain(OUTLIER);
  });

  it('says in words why a pod is set aside, and which pods are disabled as control', async () => {
    expect(await pod(SET_ASIDE).locator('.why').innerText()).toMatch(/^no answer in time; last merged \d\d/);
    expect((await pods()).at(-1)).toBe(SET_ASIDE);
    expect(await page.locator('#pods .badge', { hasText: 'control' }).count()).toBe(1);
    await page.locator('#pods-filter input:checked').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await pods()).toEqual([SET_ASIDE]);
    await page.keyboard.press('ArrowRight');
    expect(await pods()).toHaveLength(6);
  });

  it('sorts pods by keyboard', async () => {
    const head = page.locator('#pods th', { has: page.locator('[data-sort=pod]') });
    await head.locator('button').focus();
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    const ascending = await pods();
    expect(ascending).toEqual([...ascending].sort());
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect(await pods()).toEqual(ascending.toReversed());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('none');
    expect((await pods())[0]).toBe(OUTLIER);
  });

  it('shows each SLA with what is kept of it, and the log of violations', async () => {
    const row = page.locator('#sla-table tbody tr', { hasText: 'order_execution' }).first();
    expect(await row.locator('.badge').innerText()).toBe('broken');
    const cells = await row.locator('td').allInnerTexts();
    expect(cells.map((cell) => cell.trim())).toEqual([
      'checkout',
      'broken',
      '5 ms',
      '99 %',
      '97.4 %',
      '97.8 %',
      '98.3 %',
      expect.stringMatching(A_MOMENT),
    ]);
    const log = await page.locator('#sla-log li').allInnerTexts();
    expect(log).toHaveLength(5);
    expect(log[0]).toMatch(/broken\s+checkout order_execution 1 m: P99 7\.10 ms, SLA 5 ms; 97\.4 % within/);
    expect(log[3]).toContain('recovered');
  });

  it('shows the step of the rollout, how long it is held, and each gate with its sentence', async () => {
    const steps = await page.locator('#rollout-steps li').allInnerTexts();
    expect(steps.map((step) => step.split('\n')[0])).toEqual(['off', '10 %', '50 %', '100 %']);
    expect(await text('#rollout-steps [aria-current=step]')).toContain('50 %');
    expect(await text('#hold-text')).toMatch(/^held 18 h 3\d min of 2 d 0 h, 1 d 5 h left$/);
    expect(await gate('cohort_cpu').locator('.badge').innerText()).toBe('fails');
    expect(await gate('cohort_cpu').locator('.sentence').innerText()).toBe(FAILING_SENTENCE);
    expect((await gate('cohort_cpu').locator('td').allInnerTexts()).slice(1, 4)).toEqual([
      '+2.30 %',
      '1 %',
      '+1.40 % to +3.20 %',
    ]);
    expect(await gate('query_client_p99').locator('b').innerText()).toBe('Query client_p99');
    expect(await gate('query_client_p99').locator('.badge').innerText()).toBe('no data');
    expect(await page.locator('#rollout-gates .sentence').count()).toBe(6);
    expect(await text('#rollout-conditions')).toContain('11 of 12 pods report generation 7.');
    expect(await text('#rollout-control')).toContain('pricing-7c4b9d6f5-k5vtj');
    expect(await text('#rollout-decisions')).toContain('advanced 10 % → 50 %');
  });

  it('tells the step it went back to from the one whose gate failed', async () => {
    server.news = (at) => ({ ...fleetNews(at), rollout: rolledBackStatus(at) });
    await expect.poll(() => text('#rollout-phase'), PATIENT).toBe('failed');
    expect(await text('#rollout-steps [aria-current=step]')).toMatch(/^10 %\s+now$/);
    expect(await page.locator('#rollout-steps li', { hasText: '50 %' }).innerText()).toMatch(/not passed$/);
    expect(await text('#hold-text')).toContain('nothing advances until it is resumed');
    expect((await page.locator('#rollout-decisions li').first().innerText()).replaceAll('\n', ' ')).toMatch(
      /rolled back 50 % → 10 % CPU per event is 2\.3 %/,
    );
    server.news = fleetNews;
    await expect.poll(() => text('#rollout-steps [aria-current=step]'), PATIENT).toContain('50 %');
  });

  it('moves nothing while figures change, and shows names that are code as text', async () => {
    const heads = () =>
      page.evaluate<number[]>('[...document.querySelectorAll("h2")].map((head) => head.offsetTop)');
    const before = await heads();
    server.news = hostileNews;
    await expect.poll(() => text('#sla-table'), PATIENT).toContain(HOSTILE);
    expect(await heads()).toEqual(before);
    expect(await pods()).toContain(HOSTILE);
    expect(await text('#rollout-decisions')).toContain(HOSTILE);
    expect(await page.locator('#choose-event').innerText()).toContain(HOSTILE);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await text('#pods-remark')).toMatch(/^12 of 500 pods shown, outliers first/);
  });

  it('says so when all SLAs are kept, and when no pod is merged', async () => {
    server.news = keptNews;
    await expect.poll(() => text('#verdict'), PATIENT).toBe('All 3 SLAs kept');
    expect(await page.title()).toContain('SLAs kept');
    expect(await page.locator('#sla-table .badge[data-state=broken]').count()).toBe(0);
    server.news = (at) => ({ ...keptNews(at), round: { ...fleetNews(at).round, merged: 0 } });
    await expect.poll(() => text('#verdict'), PATIENT).toBe('No pod could be merged');
  });

  it('says how a rollout is switched on where there is none', async () => {
    server.news = (at) => ({ ...fleetNews(at), rollout: null });
    await page.locator('#rollout-off').waitFor();
    expect(await text('#rollout-off')).toContain('--rollout kubernetes');
    expect(await page.locator('#rollout-on').isVisible()).toBe(false);
    server.news = fleetNews;
  });

  it('fits a phone without scrolling sideways, and sorts there, too', async () => {
    const phone = await openPage(browser, server.url, {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
    });
    await phone.page.locator('#pods tbody tr').first().waitFor();
    expect(await widths(phone.page)).toEqual([360, 360]);
    await phone.page.locator('#pods [data-sort=pod]').tap();
    await expect
      .poll(() => phone.page.locator('#pods .pod-name').first().innerText())
      .toBe(OUTLIER.replace('m4xkz', '2hxrp'));
    expect(phone.complaints).toEqual([]);
    await phone.page.context().close();
  });

  it('complains of nothing, and asks nobody but its own service', () => {
    expect(desktop.complaints).toEqual([]);
    expect(desktop.requests).toEqual(
      expect.arrayContaining([`${server.url}events`, `${server.url}history.json`]),
    );
    expect(desktop.requests.filter((request) => !request.startsWith(server.url))).toEqual([]);
  });

  it('connects again after the stream is cut', async () => {
    const streams = () => desktop.requests.filter((request) => request.endsWith('/events')).length;
    const before = streams();
    server.cut();
    await expect.poll(streams, PATIENT).toBe(before + 1);
    await expect.poll(() => text('#contact'), PATIENT).toBe('updated just now');
  });

  it('says that the service is gone, keeps the last figures, and recovers by itself', async () => {
    const notice = page.locator('#notice');
    const port = Number(new URL(server.url).port);
    await server.stop();
    await notice.waitFor({ timeout: 15_000 });
    expect(await notice.innerText()).toMatch(/No answer since \d+ s: showing the last known figures \(/);
    expect(await text('#verdict')).toMatch(/^Last known: order_execution/);
    expect(await page.title()).toContain('No answer');
    expect(await pod(OUTLIER).locator('[data-label="P99"]').innerText()).toMatch(A_FIGURE);

    server = await FleetServer.start(fleetNews, port);
    await notice.waitFor({ state: 'hidden', timeout: 20_000 });
    expect(await text('#contact')).toMatch(/^updated/);
  });
});
