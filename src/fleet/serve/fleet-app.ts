import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { monotonicMillis } from '../../contract/clock.ts';
import { PerfMetricsError } from '../../contract/errors.ts';
import { acceptsGzip } from '../../export/negotiate.ts';
import type { EventStream } from './event-stream.ts';
import type { FleetContent } from './fleet-content.ts';
import { expositionOf } from './fleet-metrics.ts';
import { Refusal } from './refusal.ts';
import { ROLLOUT_PATHS, rolloutRequests } from './rollout-requests.ts';
import type { Body } from './round-bodies.ts';
import type { FleetServerSettings } from './settings.ts';

type Read = (content: FleetContent, request: Request) => Promise<Body>;

/** For GET and HEAD. None has an effect. */
const READS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['/', (content) => content.page()],
  ['/metrics', (content, { headers }) => content.metrics(expositionOf(headers.accept))],
  ['/stats.json', (content) => content.stats()],
  ['/history.json', (content) => content.history()],
  ['/report', (content) => content.report()],
  ['/digest', (content) => content.digest()],
  ['/healthz', (content) => content.health()],
  ['/readyz', (content) => content.readiness()],
]);
const EVENTS = '/events';
const PATHS = [...READS.keys(), EVENTS, ...ROLLOUT_PATHS];

export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** From the end of a request's headers to the end of its answer: nobody who reads slowly holds a connection. */
const ANSWER_MILLIS = 15_000;
/** Less is not worth the bytes of another header. */
const MIN_GZIP_BYTES = 1024;
/** Bodies of rounds gone by are kept for those who read them slowly: so many at most, where they are large. */
const MOST_LARGE_ANSWERS = 8;
const LARGE_BYTES = 1024 * 1024;
/** Of lines that tell of failures in here: a scraper asks again and again. */
const LOG_EVERY_MILLIS = 10_000;

type Settings = Pick<FleetServerSettings, 'log' | 'token' | 'currentToken' | 'rollout'>;

/** Every path there is, what else is asked for, and what goes wrong. `currentEvent`: for a client of the stream that comes now. */
export function fleetApp(
  settings: Settings,
  content: FleetContent,
  stream: EventStream,
  currentEvent: () => string | null,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  app.use(prepared(settings));
  const send = sender();
  for (const [path, read] of READS) {
    app
      .route(path)
      .get(async (request, response) => send(request, response, await read(content, request)))
      .all(methodNotAllowed('GET, HEAD'));
  }
  app
    .route(EVENTS)
    .get((request, response) => {
      if (stream.isFull) {
        throw new Refusal(503, 'As many clients as are allowed follow already: ask /stats.json instead.', {
          'retry-after': '10',
        });
      }
      stream.add(request, response, currentEvent);
    })
    .all(methodNotAllowed('GET, HEAD'));
  app.use(requestsWithToken(settings));
  app.all(ROLLOUT_PATHS, methodNotAllowed('POST'));
  app.use(() => {
    throw new Refusal(404, `There is nothing here. There is: ${PATHS.join(', ')}.`);
  });
  app.use(failed(settings));
  return app;
}

function prepared({ log }: Settings): RequestHandler {
  return (request, response, next) => {
    response.set(SECURITY_HEADERS);
    // A client that went away is none of our business.
    response.on('error', () => response.destroy());
    if (request.path !== EVENTS) {
      const deadline = setTimeout(() => response.destroy(), ANSWER_MILLIS);
      deadline.unref();
      response.on('close', () => clearTimeout(deadline));
    }
    if (log.isLevelEnabled('debug')) {
      const { method, path } = request;
      response.on('close', () => log.debug({ method, path, status: response.statusCode }, 'request'));
    }
    next();
  };
}

/** Under the token that holds now: a rotated one counts without a restart. */
function requestsWithToken(settings: Settings): RequestHandler {
  let { token } = settings;
  let requests = rolloutRequests(settings);
  return async (request, response, next) => {
    if (settings.currentToken !== undefined && request.method === 'POST') {
      const current = await settings.currentToken();
      if (current !== token) {
        token = current;
        requests = rolloutRequests({ ...settings, token });
      }
    }
    requests(request, response, next);
  };
}

/** The HTTP server itself leaves out the body for HEAD. */
function sender(): (request: Request, response: Response, body: Body) => Promise<void> {
  let largeAnswers = 0;
  return async (request, response, body) => {
    const isCompressible = body.bytes.byteLength >= MIN_GZIP_BYTES;
    const isGzip = isCompressible && acceptsGzip(request.get('accept-encoding'));
    const bytes = isGzip ? await body.gzipped() : body.bytes;
    // One who has gone by now would never be counted down.
    if (response.destroyed) return;
    if (bytes.byteLength > LARGE_BYTES && request.method !== 'HEAD') {
      if (largeAnswers >= MOST_LARGE_ANSWERS) {
        throw new Refusal(503, 'As many large answers as are allowed are under way: ask again in a while.', {
          'retry-after': '5',
        });
      }
      largeAnswers++;
      response.on('close', () => largeAnswers--);
    }
    response.set({ 'content-type': body.type, ...body.headers });
    if (isCompressible) response.vary('accept-encoding');
    if (isGzip) response.set('content-encoding', 'gzip');
    response.set('content-length', String(bytes.byteLength));
    response.end(bytes);
  };
}

function methodNotAllowed(allow: string): RequestHandler {
  return (request) => {
    throw new Refusal(405, `${request.path} takes ${allow.replace(', ', ' and ')}.`, { allow });
  };
}

/** One sentence, as text or JSON, and never more of what went wrong than its sender can mend. */
function failed({ log }: Settings): ErrorRequestHandler {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (error: unknown, request, response, _next) => {
    // A client that went away while it was read from.
    if (request.socket.destroyed) return;
    const refusal = refusalOf(error);
    if (refusal === null && monotonicMillis() - loggedAt > LOG_EVERY_MILLIS) {
      loggedAt = monotonicMillis();
      log.error({ err: error, path: request.path }, 'a request could not be answered');
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, message, headers } =
      refusal ?? new Refusal(500, 'This could not be answered; the log of the service says why.');
    response.status(status).set(headers);
    // A body that nobody has read is not worth reading for the sake of the connection.
    if (request.method !== 'GET' && request.method !== 'HEAD') response.set('connection', 'close');
    const isRequest = request.method === 'POST';
    const offered = isRequest ? ['application/json', 'text/plain'] : ['text/plain', 'application/json'];
    if (request.accepts(offered) === 'application/json') response.json({ error: message });
    else response.type('text/plain').send(`${message}\n`);
  };
}

/** Null when the fault is on this side. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof PerfMetricsError) return new Refusal(503, `${error.message} (${error.code})`);
  // What express throws of a path that it cannot decode.
  const { status } = error as { status?: unknown };
  return status === 400
    ? new Refusal(400, 'The path cannot be read: it is not encoded as it should be.')
    : null;
}
