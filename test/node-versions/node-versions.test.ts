import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { toolPath } from '../support/tools.ts';

const SMOKE = fileURLToPath(new URL('smoke.mjs', import.meta.url));
const run = promisify(execFile);

describe('the built library', () => {
  it.each([
    ['22', toolPath('node22')],
    ['24', process.execPath],
    ['26', toolPath('node26')],
  ])('records, aggregates and serves under Node.js %s', async (major, node) => {
    const { stdout, stderr } = await run(node, [SMOKE], { timeout: 60_000 });

    const seen = JSON.parse(stdout);
    expect(seen.version).toMatch(new RegExp(`^v${major}\\.`));
    expect(seen).toMatchObject({
      status: 200,
      counts: { order_execution: 40_000, signal_generation: 1, candle_processing: 1, event_bus_publish: 1 },
      hasQuantiles: 4,
      conserved: true,
      overwritten: 0,
    });
    expect(seen.families).toBeGreaterThan(20);
    expect(stderr).toBe('');
  });
});
