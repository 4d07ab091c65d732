import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const LOOP = fileURLToPath(new URL('./allocation-loop.ts', import.meta.url));

it('records a million events of any kind without a single garbage collection', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=1', LOOP]);
  const { allocating, ...loops } = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  );
  expect(loops).toEqual({
    measured: '0',
    decorated: '0',
    values: '0',
    rejected: '0',
    sampled: '0',
    keepingBreaches: '0',
    disabled: '0',
  });
  expect(Number(allocating)).toBeGreaterThan(5);
});
