import type { Logger } from 'pino';
import type { Clock } from '../../contract/clock.ts';
import { readToken } from './start-checks.ts';

const MAX_AGE_MILLIS = 10_000;

/** The token as the file has it now, read when a request asks for it: a Secret may come late, or change. */
export class TokenFile {
  private readonly path: string;
  private readonly log: Logger;
  private readonly clock: Clock;
  private token: Promise<string | null>;
  private readAt: number;
  private problem = '';

  /** `token`: what the file has just been found to hold. */
  constructor(path: string, token: string | null, log: Logger, clock: Clock) {
    this.path = path;
    this.log = log;
    this.clock = clock;
    this.token = Promise.resolve(token);
    this.readAt = clock();
  }

  /** Null, which refuses all requests, while there is no file or none that can be used. Read once in 10 s at most. */
  current(): Promise<string | null> {
    if (this.clock() - this.readAt >= MAX_AGE_MILLIS) {
      this.readAt = this.clock();
      this.token = this.read();
    }
    return this.token;
  }

  private async read(): Promise<string | null> {
    try {
      const token = await readToken(this.path);
      this.problem = '';
      return token;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.problem)
        this.log.error({ err: error }, 'requests that change something are refused');
      this.problem = message;
      return null;
    }
  }
}
