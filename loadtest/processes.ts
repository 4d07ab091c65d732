import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What runs at the moment; all of it is killed when the load test ends, however it does. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Started {
  readonly process: ChildProcess;
  readonly isRunning: boolean;
  /** Resolves with the exit status; `null` when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Where its output is kept, `NAME.log`. */
  readonly directory: string;
  readonly name: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** With a channel for messages, as `fork` has. */
  readonly hasChannel?: boolean;
}

export function start(
  command: string,
  args: readonly string[],
  { directory, name, environment = {}, hasChannel = false }: StartOptions,
): Started {
  const log = createWriteStream(join(directory, `${name}.log`));
  const child = spawn(command, args, {
    env: { ...inherited(), ...environment },
    stdio: hasChannel ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    // The terminal's Ctrl-C goes to the load test, which ends what it has started.
    detached: true,
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  running.add(child);
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    log.end();
    return code as number | null;
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    process: child,
    get isRunning() {
      return isRunning();
    },
    ended,
    async stop() {
      if (isRunning()) child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Without PERF_…, DEMO_… and K6_… variables: what is measured is set by the load test alone. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PERF|DEMO|K6)_/.test(name)));
}

/**
 * A port of the loopback interface that is free, and will be in a moment: systems take those of outgoing connections, and those
 * that nobody chose, from 32768 on.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Asking again would not help. */
export class Fatal extends Error {}

/**
 * Asks again until the answer is neither undefined nor an error.
 * @throws after `seconds`, with what was waited for and the last error; a `Fatal` one at once.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { seconds = 60, everyMillis = 200 } = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1e3;
  let reason = 'it did not happen';
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof Fatal) throw error;
      reason = (error as Error).message;
    }
    await delay(everyMillis);
  }
  throw new Error(`waited ${seconds} s for ${what}: ${reason}`);
}
