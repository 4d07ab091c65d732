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
  return {
    process: child,
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Without PERF_… and DEMO_… variables: what is measured is set by the load test alone. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PERF|DEMO)_/.test(name)));
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * Asks again until the answer is neither undefined nor an error.
 * @throws after `seconds`, with what was waited for and the last error.
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
      reason = (error as Error).message;
    }
    await delay(everyMillis);
  }
  throw new Error(`waited ${seconds} s for ${what}: ${reason}`);
}
