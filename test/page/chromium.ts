import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { toolPath } from '../support/tools.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
];
const QUIET = ['--disable-sync', '--disable-quic', '--no-first-run'];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: toolPath('chromium'), args: [...FLAGS, ...QUIET] });
}

// What runs in the page is text here: the tests are compiled without the browser's types, as the library is.
const REPORT_POLICY_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (violation) => {
  console.error('policy: ' + violation.violatedDirective + ' ' + violation.blockedURI);
})`;

const COUNT_PIXELS = `(selector, property) => {
  const painted = document.querySelector(selector);
  const copy = new OffscreenCanvas(painted.width, painted.height + 1).getContext('2d', { willReadFrequently: true });
  copy.drawImage(painted, 0, 0);
  copy.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(property);
  copy.fillRect(0, painted.height, 1, 1);
  const wanted = copy.getImageData(0, painted.height, 1, 1).data;
  const { data } = copy.getImageData(0, 0, painted.width, painted.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if ([0, 1, 2, 3].every((channel) => Math.abs(data[i + channel] - wanted[channel]) <= 2)) count++;
  }
  return count;
}`;

/** A page, and what it did that it should not have, or asked for. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught exceptions, violations of the content security policy. */
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  context.on('request', (request) => requests.push(request.url()));
  await page.addInitScript(REPORT_POLICY_VIOLATIONS);
  await page.goto(url);
  return { page, complaints, requests };
}

/** How many pixels a canvas has of the colour that a custom property of the page's style names. */
export function pixelsOf(page: Page, canvas: string, property: string): Promise<number> {
  return page.evaluate<number>(`(${COUNT_PIXELS})(${JSON.stringify(canvas)}, ${JSON.stringify(property)})`);
}

/** The value of a property of the page's body, as it is in force. */
export function bodyStyle(page: Page, property: string): Promise<string> {
  return page.evaluate<string>(
    `getComputedStyle(document.body).getPropertyValue(${JSON.stringify(property)})`,
  );
}

/** Width of what the page holds, and of the view on it. */
export function widths(page: Page): Promise<[content: number, view: number]> {
  return page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
}
