import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Recipe, TOOLS, type ToolName } from './catalogue.ts';
import { cachedFolder, cacheFolder, locate } from './locate.ts';
import { withLock } from './lock.ts';

const PLAYWRIGHT = join(import.meta.dirname, '../../node_modules/playwright-core/cli.js');

export class ToolMissingError extends Error {
  override readonly name = 'ToolMissingError';
  readonly code = 'TOOL_MISSING';

  constructor(tool: ToolName, reason: string) {
    super(`${tool}: ${reason}\nrun: ${TOOLS[tool].otherwise}`);
  }
}

/**
 * Installs the tool where it is missing and returns its path.
 * @throws ToolMissingError when it cannot be installed; the message names the one command to run.
 */
export function ensure(name: ToolName): string {
  const installed = locate(name);
  if (installed) return installed;
  const { version, recipe } = TOOLS[name];
  return withLock(join(cacheFolder(), `${name}.lock`), () => {
    const installedMeanwhile = locate(name);
    if (installedMeanwhile) return installedMeanwhile;
    const started = performance.now();
    const takes = 'takes' in recipe ? ` (${recipe.takes})` : '';
    console.error(`tools: installing ${name} ${version}${takes}`);
    if (recipe.kind === 'chromium') installChromium();
    else installIntoCache(name, recipe);
    const path = locate(name);
    if (!path) throw new ToolMissingError(name, `no fitting version found after installing ${version}`);
    console.error(`tools: ${name} is ready after ${((performance.now() - started) / 1000).toFixed(0)} s`);
    return path;
  });
}

/** Fills a folder aside and renames it into place, so that a killed run leaves nothing half done. */
function installIntoCache(name: ToolName, recipe: Exclude<Recipe, { kind: 'chromium' }>): void {
  const folder = cachedFolder(name);
  const aside = `${folder}.partial`;
  for (const stale of [aside, folder]) rmSync(stale, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  try {
    if (recipe.kind === 'go') goInstall(name, recipe, aside);
    else if (recipe.kind === 'go-source') goBuild(name, recipe, aside);
    else mustRun(name, 'npm', ['install', '--prefix', aside, '--no-save', '--ignore-scripts', recipe.spec]);
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function goInstall(name: ToolName, recipe: Extract<Recipe, { kind: 'go' }>, into: string): void {
  const { GOOS: _os, GOARCH: _arch, GOFLAGS: _flags, ...inherited } = process.env;
  const args = ['install', '-trimpath', '-tags', recipe.tags, '-ldflags', recipe.ldflags, recipe.module];
  mustRun(name, 'go', args, { ...inherited, CGO_ENABLED: '0', GOBIN: into });
}

function goBuild(name: ToolName, recipe: Extract<Recipe, { kind: 'go-source' }>, into: string): void {
  const { GOOS: _os, GOARCH: _arch, GOFLAGS: _flags, ...inherited } = process.env;
  const env = { ...inherited, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
  const source = join(into, 'source');
  const { Dir } = JSON.parse(mustRun(name, 'go', ['mod', 'download', '-json', recipe.module], env, into)) as {
    Dir: string;
  };
  // Node's cpSync would keep the module cache's read-only modes.
  mustRun(name, 'cp', ['-R', Dir, source]);
  mustRun(name, 'chmod', ['-R', 'u+w', source]);
  for (const [path, text] of Object.entries(recipe.adds)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  }
  const replaces = Object.entries(recipe.replaces).map(([from, to]) => `-replace=${from}=${to}`);
  if (replaces.length > 0) mustRun(name, 'go', ['mod', 'edit', ...replaces], env, source);
  const flags = ['-trimpath', '-ldflags', recipe.ldflags, '-o', join(into, name)];
  mustRun(name, 'go', ['build', ...flags, recipe.package], env, source);
  rmSync(source, { recursive: true });
}

/** Playwright's own installer first; where its download is out of reach, Debian's package. */
function installChromium(): void {
  const byPlaywright = run(process.execPath, [PLAYWRIGHT, 'install', '--no-shell', 'chromium']);
  if (byPlaywright.status === 0 && locate('chromium')) return;
  if (process.getuid?.() !== 0 || run('apt-get', ['--version']).status !== 0) {
    throw new ToolMissingError('chromium', `Playwright could not install it: ${lastLines(byPlaywright)}`);
  }
  run('apt-get', ['update']);
  mustRun('chromium', 'apt-get', ['install', '-y', '-o', 'DPkg::Lock::Timeout=300', 'chromium'], {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
  });
}

function mustRun(
  name: ToolName,
  command: string,
  args: string[],
  env = process.env,
  folder = process.cwd(),
): string {
  const result = run(command, args, env, folder);
  if (result.status === 0) return result.stdout;
  const isAbsent = (result.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  throw new ToolMissingError(
    name,
    isAbsent ? `${command} is not on PATH` : `${command} failed: ${lastLines(result)}`,
  );
}

type Result = ReturnType<typeof run>;

function run(command: string, args: string[], env = process.env, cwd = process.cwd()) {
  return spawnSync(command, args, { cwd, encoding: 'utf8', env, maxBuffer: 64 << 20, timeout: 30 * 60_000 });
}

function lastLines({ error, stdout, stderr }: Result): string {
  if (error) return error.message;
  return `${stdout}\n${stderr}`.trim().split('\n').slice(-8).join('\n');
}
