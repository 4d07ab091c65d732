import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_FLEET_OPTIONS } from '../../../src/contract/fleet-options.ts';
import { checkHistoryDirectory, readToken, targetSourceOf } from '../../../src/fleet/serve/start-checks.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-checks-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(directory, 'token');
  await writeFile(path, text);
  return path;
}

function bad(text: RegExp) {
  return { name: 'PerfMetricsError', code: 'PERF_FLEET', message: expect.stringMatching(text) };
}

describe('the options that say which processes there are', () => {
  const targets = ['http://127.0.0.1:9464'];

  it('are one of three', () => {
    expect(targetSourceOf({ ...DEFAULT_FLEET_OPTIONS, targets })).toBe('targets');
    expect(targetSourceOf({ ...DEFAULT_FLEET_OPTIONS, targetsFile: 'a.yaml' })).toBe('targetsFile');
    expect(targetSourceOf({ ...DEFAULT_FLEET_OPTIONS, selector: 'app=a' })).toBe('selector');
  });

  it('are neither none nor two', () => {
    const of = (change: object) => () => targetSourceOf({ ...DEFAULT_FLEET_OPTIONS, ...change });
    expect(of({})).toThrow(expect.objectContaining(bad(/nothing says .*--target URL.*--selector/)));
    expect(of({ targets, selector: 'app=a' })).toThrow(expect.objectContaining(bad(/only one of/)));
    expect(of({ targetsFile: 'a.yaml', selector: 'a' })).toThrow(expect.objectContaining(bad(/only one of/)));
  });
});

describe('the token file', () => {
  it('is not needed', async () => {
    expect(await readToken('')).toBeNull();
    expect(await readToken(join(directory, 'missing'))).toBeNull();
  });

  it('holds a token, with or without the end of a line', async () => {
    for (const end of ['', '\n', '\r\n', '  \n\n'])
      expect(await readToken(await fileOf(`0123456789abcdef${end}`))).toBe('0123456789abcdef');
  });

  it.each([
    ['is empty', '', /is empty/],
    ['holds blanks', ' \n\n', /is empty/],
    ['holds too few characters', '0123456789abcde\n', /16 to 1024 characters/],
    ['holds too many', 'x'.repeat(100_000), /16 to 1024 characters/],
    ['holds two lines', '0123456789\n0123456789', /one line of ASCII/],
    ['holds what no header carries', 'pässword-of-length-20', /one line of ASCII/],
  ])('is refused when it %s, without a word of what it holds', async (_, text, problem) => {
    const failure: Error = await readToken(await fileOf(text)).then(
      () => Promise.reject(new Error('it was taken')),
      (error) => error,
    );
    expect(failure).toMatchObject(bad(problem));
    expect(failure.message).not.toContain('0123456789');
  });

  it('is refused when it is no file', async () => {
    await expect(readToken(directory)).rejects.toMatchObject(bad(/EISDIR.*--token-file/));
  });
});

describe('the directory of the history', () => {
  it('is not needed, and is made where it is missing', async () => {
    await checkHistoryDirectory('');
    await checkHistoryDirectory(join(directory, 'a', 'b'));
    await checkHistoryDirectory(join(directory, 'a', 'b'));
  });

  it('is refused when it is a file', async () => {
    const file = await fileOf('x');
    const problem = bad(/cannot be kept in .*--history-directory/);
    await expect(checkHistoryDirectory(file)).rejects.toMatchObject(problem);
    await expect(checkHistoryDirectory(join(file, 'below'))).rejects.toMatchObject(problem);
  });

  it('is refused when this user may not write to it', async () => {
    const path = join(directory, 'locked');
    await checkHistoryDirectory(path);
    await chmod(directory, 0o755);
    await chmod(path, 0o555);
    const checks = new URL('../../../src/fleet/serve/start-checks.ts', import.meta.url);
    const program = `
      const { checkHistoryDirectory } = await import(${JSON.stringify(checks.href)});
      await checkHistoryDirectory(${JSON.stringify(path)}).catch(({ code, message }) => console.log(code, message));`;
    // The rights of a directory do not bind root, so as somebody else where this is root.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program],
      user,
    );
    expect(stdout).toMatch(/^PERF_FLEET .*EACCES/);
  });
});
