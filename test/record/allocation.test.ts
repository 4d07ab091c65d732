import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const LOOP = fileURLToPath(new URL('./allocation-loop.ts', import.meta.url));

async function collectionsIn(loop: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--max-semi-space-size=1',
    // Compiled when a function has run often enough, not when another thread had time for it: what is inlined, and with
    // that whether a number is boxed, would depend on how busy the machine is.
    '--no-concurrent-recompilation',
    LOOP,
    loop,
  ]);
  return Number(stdout);
}

describe('two million events', () => {
  it.each(['measured', 'traced', 'values', 'rejected', 'sampled', 'keepBreaches', 'disabled'])(
    'that are %s allocate nothing: not one garbage collection',
    async (loop) => {
      expect(await collectionsIn(loop)).toBe(0);
    },
  );

  it('would show if they allocated', async () => {
    expect(await collectionsIn('allocating')).toBeGreaterThan(5);
  });
});
