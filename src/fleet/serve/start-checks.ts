import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { PerfMetricsError, thrownText } from '../../contract/errors.ts';
import type { FleetOptions } from '../../contract/fleet-options.ts';

const MIN_TOKEN_CHARACTERS = 16;
const MAX_TOKEN_CHARACTERS = 1024;
/** As a header can carry it. */
const TOKEN = /^[\x21-\x7e]+$/;

export type TargetSource = 'targets' | 'targetsFile' | 'selector';

/** @throws PerfMetricsError `PERF_FLEET` unless exactly one option says which processes there are. */
export function targetSourceOf({ targets, targetsFile, selector }: FleetOptions): TargetSource {
  const given: TargetSource[] = [
    ...(targets.length > 0 ? ['targets' as const] : []),
    ...(targetsFile !== '' ? ['targetsFile' as const] : []),
    ...(selector !== '' ? ['selector' as const] : []),
  ];
  const [source] = given;
  if (source === undefined) {
    throw bad(
      'nothing says which processes to read: give --target URL, --targets-file FILE, or in Kubernetes --selector LABELS',
    );
  }
  if (given.length > 1) {
    throw bad(
      'more than one option says which processes to read: give only one of --target, --targets-file and --selector',
    );
  }
  return source;
}

/**
 * The token in the file, without the space around it. Null without a file: a Secret that may be missing is mounted as no
 * file, and then nothing that needs a token is served.
 *
 * @throws PerfMetricsError `PERF_FLEET` when it cannot be read or holds no token worth the name. It does not repeat it.
 */
export async function readToken(path: string): Promise<string | null> {
  if (path === '') return null;
  const text = await readSome(path);
  if (text === null) return null;
  const token = text.trim();
  if (token === '')
    throw bad(`the token file ${path} is empty: write a token into it (openssl rand -hex 32)`);
  if (token.length < MIN_TOKEN_CHARACTERS || token.length > MAX_TOKEN_CHARACTERS) {
    throw bad(
      `the token in ${path} must have ${MIN_TOKEN_CHARACTERS} to ${MAX_TOKEN_CHARACTERS} characters: make one with openssl rand -hex 32`,
    );
  }
  if (!TOKEN.test(token)) {
    throw bad(
      `the token in ${path} must be one line of ASCII without spaces: make one with openssl rand -hex 32`,
    );
  }
  return token;
}

/**
 * Makes the directory where it is missing.
 *
 * @throws PerfMetricsError `PERF_FLEET` when nothing can be written to it.
 */
export async function checkHistoryDirectory(directory: string): Promise<void> {
  if (directory === '') return;
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw bad(
      `the history cannot be kept in ${directory} (${thrownText(error)}): give --history-directory one that this user may write to`,
      error,
    );
  }
}

/** No more than could be a token, since the path may lead to a device that never ends. Null when there is no file. */
async function readSome(path: string): Promise<string | null> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4 * MAX_TOKEN_CHARACTERS));
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw bad(
      `the token file cannot be read (${thrownText(error)}): give --token-file one that this user may read`,
      error,
    );
  }
}

function bad(problem: string, cause?: unknown): PerfMetricsError {
  return new PerfMetricsError('PERF_FLEET', problem, { cause });
}
