import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOOLS, type ToolName } from '../../scripts/tools/catalogue.ts';
import { withLock } from '../../scripts/tools/lock.ts';

describe('a tool on PATH', () => {
  it.each<[ToolName, string, boolean]>([
    ['prometheus', 'prometheus, version 3.16.2 (branch: HEAD)', true],
    ['prometheus', 'prometheus, version 3.20.0 (branch: HEAD)', true],
    ['prometheus', 'prometheus, version 3.9.0 (branch: HEAD)', false],
    ['prometheus', 'prometheus, version 2.53.0 (branch: HEAD)', false],
    ['promtool', 'prometheus, version 3.16.0 (branch: HEAD)', false],
    ['alertmanager', 'alertmanager, version 0.34.2 (branch: , revision: unknown)', true],
    ['alertmanager', 'alertmanager, version 0.28.1 (branch: HEAD)', false],
    ['amtool', 'alertmanager, version 0.34.2 (branch: HEAD)', false],
    ['helm', 'version.BuildInfo{Version:"v4.3.1", GitCommit:""}', true],
    ['helm', 'version.BuildInfo{Version:"v3.18.4", GitCommit:""}', true],
    ['helm', 'version.BuildInfo{Version:"v3.9.0", GitCommit:""}', false],
    ['chromium', 'Chromium 143.0.7499.40 built on Debian GNU/Linux 12', true],
    ['chromium', 'Google Chrome 140.0.1', true],
    ['chromium', 'Chromium 99.0.1', false],
    ['node22', 'v22.18.0', true],
    ['node22', 'v22.9.0', false],
    ['node22', 'v20.20.2', false],
    ['node26', 'v26.6.0', true],
  ])('%s: "%s" fits: %s', (name, output, expected) => {
    expect(TOOLS[name].fits.test(output)).toBe(expected);
  });
});

describe('the lock of an installation', () => {
  let folder: string;
  let lock: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'perf-metrics-lock-'));
    lock = join(folder, 'tool.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is held in this process’s name during the work and gone after it', () => {
    expect(withLock(lock, () => readFileSync(lock, 'utf8'))).toBe(String(process.pid));
    expect(existsSync(lock)).toBe(false);
  });

  it('is gone after work that failed', () => {
    const failing = () =>
      withLock(lock, () => {
        throw new Error('no network');
      });
    expect(failing).toThrow('no network');
    expect(existsSync(lock)).toBe(false);
  });

  it('is taken over from a process that died', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(lock, String(pid));
    expect(withLock(lock, () => 'worked')).toBe('worked');
  });
});
