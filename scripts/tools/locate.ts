import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { TOOLS, type ToolName } from './catalogue.ts';

/** Built tools are kept outside the checkout, one folder a version, so that a fresh clone finds them. */
export function cacheFolder(): string {
  return process.env.PERF_METRICS_TOOLS || join(homedir(), '.cache', 'perf-metrics', 'tools');
}

/** The tool's folder in the cache: it exists either complete or not at all. */
export function cachedFolder(name: ToolName): string {
  return join(cacheFolder(), `${name}-${TOOLS[name].version}`);
}

/** The path of an installed tool: from the cache, or on PATH in a version that fits. Installs nothing. */
export function locate(name: ToolName): string | undefined {
  return candidates(name).find(({ path, trusted }) => trusted || hasFittingVersion(name, path))?.path;
}

function candidates(name: ToolName): { path: string; trusted: boolean }[] {
  const { recipe, commands } = TOOLS[name];
  const found: { path: string; trusted: boolean }[] = [];
  if (recipe.kind === 'go' || recipe.kind === 'go-source')
    found.push({ path: join(cachedFolder(name), name), trusted: true });
  if (recipe.kind === 'npm') found.push({ path: join(cachedFolder(name), recipe.binary), trusted: true });
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const command of commands) found.push({ path: join(folder, command), trusted: false });
  }
  if (recipe.kind === 'chromium') {
    found.push({ path: chromium.executablePath(), trusted: false });
    found.push({ path: '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', trusted: false });
  }
  return found.filter(({ path }) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function hasFittingVersion(name: ToolName, path: string): boolean {
  const { stdout, stderr } = spawnSync(path, [TOOLS[name].versionArgument ?? '--version'], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return TOOLS[name].fits.test(`${stdout ?? ''}\n${stderr ?? ''}`);
}
