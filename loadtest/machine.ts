import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { ensure } from '../scripts/tools/install.ts';
import type { Machine } from './phases.ts';

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    k6: firstLine(ensure('k6'), 'version'),
    commit: firstLine('git', 'describe', '--always', '--dirty'),
  };
}

function firstLine(command: string, ...args: string[]): string {
  try {
    const text = execFileSync(command, args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.split('\n')[0]?.trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}
