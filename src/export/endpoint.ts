import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Warn } from '../contract/errors.ts';
import { type Answer, plain, send } from './answer.ts';
import { type Forward, forwardRequest } from './forwarding.ts';
import { PROBES, ROUTES, type RouteContext } from './routes.ts';

export interface EndpointSettings extends RouteContext {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly warn: Warn;
  readonly isExportEnabled: () => boolean;
  /** Paths that the application answers, with any method, through `forward`. */
  readonly routes: () => ReadonlySet<string>;
  readonly forward?: Forward;
  readonly onListening?: (host: string, port: number) => void;
}

const RETRY_MILLIS = 1000;
/** A connection still busy this long after `close` is cut. */
const CLOSE_MILLIS = 1000;
/** From the end of a request's headers to the end of its answer: nobody who reads slowly holds a connection. */
const ANSWER_MILLIS = 15_000;
const MAX_CONNECTIONS = 128;
const MAX_HEADERS = 64;
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  /** Shorter than the usual scrape intervals: idle connections must not use up those allowed. */
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
} as const;

/**
 * The HTTP endpoint. It never throws and never ends the thread: a port in use is reported once and tried again every
 * second, a failure while rendering is a 500 and one warning.
 */
export class Endpoint {
  private readonly settings: EndpointSettings;
  private readonly server: Server;
  private retry: NodeJS.Timeout | undefined;
  private isClosed = false;
  private hasWarnedOfListening = false;
  private hasWarnedOfFailure = false;

  constructor(settings: EndpointSettings) {
    this.settings = settings;
    // An import of node:http would touch its every export, and load an HTTP client of 4 MB that nobody asked for.
    const { createServer } = process.getBuiltinModule('node:http');
    this.server = createServer(LIMITS, (request, response) => void this.handle(request, response));
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.maxHeadersCount = MAX_HEADERS;
    this.server.on('error', (error: NodeJS.ErrnoException) => this.onListenError(error));
    this.server.on('listening', () => this.onListening());
  }

  /** Begins to listen, and to try again each second until the port is free. */
  listen(): void {
    if (this.isClosed || this.server.listening) return;
    try {
      this.server.listen(this.settings.port, this.settings.host);
    } catch (error) {
      this.onListenError(error as NodeJS.ErrnoException);
    }
  }

  /** Where it listens; undefined while it does not. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    if (!this.server.listening) return undefined;
    const { address, port } = this.server.address() as AddressInfo;
    return { host: address, port };
  }

  /** Resolves when nothing listens any more; answers under way get a second to end. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => this.server.closeAllConnections(), CLOSE_MILLIS);
      this.server.close(() => {
        clearTimeout(cut);
        resolve();
      });
    });
  }

  private onListening(): void {
    if (this.isClosed) {
      this.server.close();
      return;
    }
    const { address } = this;
    if (address !== undefined) this.settings.onListening?.(address.host, address.port);
  }

  private onListenError(error: NodeJS.ErrnoException): void {
    if (this.isClosed) return;
    const { host, port, warn } = this.settings;
    if (!this.hasWarnedOfListening) {
      this.hasWarnedOfListening = true;
      const hint =
        'it is tried again every second; to use another, set the option port (PERF_PORT), where 0 picks a free one';
      if (error.code === 'EADDRINUSE') warn('PERF_PORT_IN_USE', `port ${port} on ${host} is in use: ${hint}`);
      else
        warn(
          'PERF_ENDPOINT_FAILED',
          `the endpoint cannot listen on ${host}:${port} (${error.message}): ${hint}`,
        );
    }
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.listen(), RETRY_MILLIS);
    this.retry.unref();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const deadline = setTimeout(() => response.destroy(), ANSWER_MILLIS);
    deadline.unref();
    response.on('close', () => clearTimeout(deadline));
    // A client that went away is none of our business.
    response.on('error', () => response.destroy());
    try {
      await send(request, response, await this.answer(request));
    } catch (error) {
      if (request.aborted || response.destroyed) return;
      this.warnOfFailure(request, error);
      await send(
        request,
        response,
        plain(500, 'This could not be rendered; the application log says why.'),
      ).catch(() => response.destroy());
    }
  }

  private answer(request: IncomingMessage): Answer | Promise<Answer> {
    const { forward, isExportEnabled, routes } = this.settings;
    const path = request.url?.split('?', 1)[0] ?? '/';
    const route = ROUTES.get(path);
    if (!PROBES.has(path) && !isExportEnabled()) {
      return plain(
        503,
        'The export is switched off (option exportEnabled); /healthz and /readyz still answer.',
      );
    }
    if (route === undefined) {
      if (forward !== undefined && routes().has(path)) return forwardRequest(request, path, forward);
      return plain(404, `There is nothing here. There is: ${[...ROUTES.keys(), ...routes()].join(', ')}.`);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return plain(405, `${path} takes GET and HEAD.`, { allow: 'GET, HEAD' });
    }
    return route(this.settings, request);
  }

  private warnOfFailure(request: IncomingMessage, error: unknown): void {
    if (this.hasWarnedOfFailure) return;
    this.hasWarnedOfFailure = true;
    const path = request.url?.split('?', 1)[0];
    this.settings.warn(
      'PERF_ENDPOINT_FAILED',
      `${path} could not be answered: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
