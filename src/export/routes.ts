import type { IncomingMessage } from 'node:http';
import { SNAPSHOT_CONTENT_TYPE } from '../contract/snapshot.ts';
import { readStatistics } from '../state/statistics.ts';
import type { StatisticsSource } from '../state/statistics-source.ts';
import { type Answer, header, plain } from './answer.ts';
import { renderSnapshot } from './digest-snapshot.ts';
import { renderExposition } from './exposition.ts';
import { collectFamilies } from './families.ts';
import { readLivePage } from './live-page.ts';
import { negotiateExposition } from './negotiate.ts';
import { renderReport } from './report.ts';

/** What the endpoint's own routes answer from. */
export interface RouteContext {
  readonly source: StatisticsSource;
  readonly pagePath: URL;
  readonly isReady: () => boolean;
}

type Route = (context: RouteContext, request: IncomingMessage) => Answer | Promise<Answer>;

/** The endpoint's own paths, for GET and HEAD. None has an effect. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', page],
  ['/metrics', metrics],
  ['/stats.json', stats],
  ['/report', ({ source }) => ({ status: 200, body: renderReport(readStatistics(source)) })],
  ['/digest', digest],
  ['/healthz', () => plain(200, 'ok')],
  [
    '/readyz',
    ({ isReady }) => (isReady() ? plain(200, 'ready') : plain(503, 'Not ready: nothing is aggregated yet.')),
  ],
]);

/** Answered also while the export is switched off. */
export const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

function metrics({ source }: RouteContext, request: IncomingMessage): Answer {
  const exposition = negotiateExposition(header(request, 'accept'));
  const { contentType, body } = renderExposition(collectFamilies(source), exposition);
  return { status: 200, headers: { 'content-type': contentType, vary: 'accept' }, body };
}

function stats({ source }: RouteContext): Answer {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status: 200, headers, body: JSON.stringify(readStatistics(source)) };
}

function digest({ source }: RouteContext): Answer {
  return { status: 200, headers: { 'content-type': SNAPSHOT_CONTENT_TYPE }, body: renderSnapshot(source) };
}

async function page({ pagePath }: RouteContext): Promise<Answer> {
  try {
    const { html, policy } = await readLivePage(pagePath);
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
    };
    return { status: 200, headers, body: html };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return plain(404, 'The live page is not built; /metrics, /stats.json and /report are here.');
  }
}
