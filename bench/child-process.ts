import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Without PERF_… variables: the options measured are those that the child gives. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PERF_')));
}

/** Starts `children/NAME.ts`, which reads `input` as JSON from its first argument. */
export function startChild(name: string, input: unknown, execArgv: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url)), [JSON.stringify(input)], {
    env: environment(),
    execArgv: ['--expose-gc', ...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Resolves with the next message of a child; rejects when it ends without one. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    const ended = once(child, 'exit', { signal }).then(([code, killedBy]) => {
      throw new Error(`${child.spawnargs.slice(-2).join(' ')} ended with ${code ?? killedBy} and no result`);
    });
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message as Message;
  } finally {
    stop.abort();
  }
}

/** Runs a child to its one result. */
export async function runChild<Result>(
  name: string,
  input: unknown,
  execArgv: readonly string[] = [],
): Promise<Result> {
  const child = startChild(name, input, execArgv);
  try {
    return await nextMessage<Result>(child);
  } finally {
    child.kill();
  }
}
