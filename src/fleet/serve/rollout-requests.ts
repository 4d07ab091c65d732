import { type RequestHandler, Router } from 'express';
import { monotonicMillis } from '../../contract/clock.ts';
import { PerfMetricsError } from '../../contract/errors.ts';
import { fleetEnvironmentName } from '../../contract/fleet-options.ts';
import { REQUEST_VERBS } from '../../contract/rollout.ts';
import { Refusal } from './refusal.ts';
import { readJson } from './request-body.ts';
import type { FleetServerSettings } from './settings.ts';
import { TokenGuard } from './token-guard.ts';

export const ROLLOUT_PATHS = REQUEST_VERBS.map((verb) => `/rollout/${verb}`);

const NAME = /^[\p{L}\p{N}\p{P}\p{S} ]{1,64}$/u;
const DEFAULT_NAME = 'http';

type Settings = Pick<FleetServerSettings, 'token' | 'rollout' | 'log'>;

/** What changes something: one POST a verb, for those who carry the token. */
export function rolloutRequests({ token, rollout, log }: Settings): Router {
  const authorised = authorisation(token);
  const router = Router({ caseSensitive: true, strict: true });
  REQUEST_VERBS.forEach((verb, i) => {
    router.post(ROLLOUT_PATHS[i], authorised, async (request, response) => {
      if (rollout === null) {
        throw new Refusal(
          404,
          'There is no rollout here: it is switched on with --rollout kubernetes or --rollout directory.',
        );
      }
      const by = nameOf(await readJson(request));
      log.info({ verb, by, address: request.socket.remoteAddress }, 'a request is passed on to the rollout');
      await rollout.request(verb, by).catch((error: unknown) => {
        throw refusalOf(error);
      });
      response.json(rollout.status());
    });
  });
  return router;
}

/** The rollout is in no state for what was asked: the request is at fault, not the service. */
function refusalOf(error: unknown): unknown {
  const isRefused = error instanceof PerfMetricsError && error.code === 'PERF_ROLLOUT_REFUSED';
  return isRefused ? new Refusal(409, error.message) : error;
}

function authorisation(token: string | null): RequestHandler {
  const guard = token === null ? null : new TokenGuard(token, monotonicMillis);
  return (request, _response, next) => {
    if (guard === null) {
      const name = fleetEnvironmentName('tokenFile');
      throw new Refusal(
        403,
        `Requests that change something are switched off: start the service with --token-file FILE (${name}) to allow them to those who carry that token.`,
      );
    }
    const verdict = guard.check(request.headers.authorization, request.socket.remoteAddress ?? '');
    if (verdict === 'too_many') {
      throw new Refusal(
        429,
        'Too many requests with a wrong token came from this address: wait 10 seconds.',
        {
          'retry-after': '10',
        },
      );
    }
    if (verdict === 'wrong') {
      throw new Refusal(401, 'The token is missing or wrong: send it as Authorization: Bearer TOKEN.', {
        'www-authenticate': 'Bearer realm="perf-metrics"',
      });
    }
    next();
  };
}

/** Who asks, for the log and the history of decisions. */
function nameOf(body: unknown): string {
  if (body === undefined) return DEFAULT_NAME;
  const isMapping = typeof body === 'object' && body !== null && !Array.isArray(body);
  const unknown = isMapping ? Object.keys(body).find((key) => key !== 'by') : undefined;
  if (!isMapping || unknown !== undefined) {
    throw new Refusal(
      400,
      'The body is optional; if there is one, it must be JSON such as {"by": "your name"}.',
    );
  }
  const { by = DEFAULT_NAME } = body as { by?: unknown };
  if (typeof by !== 'string' || !NAME.test(by) || by.trim() === '') {
    throw new Refusal(400, 'by must be a name of 1 to 64 printable characters.');
  }
  return by;
}
