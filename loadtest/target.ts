import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ensure } from '../scripts/tools/install.ts';

/**
 * Aims k6's script at a service that is deployed: its own summary is the result. Nothing is switched there, so it says how
 * the service answers, not what measuring costs.
 *
 * @returns 0 when k6's thresholds hold, 1 when one is crossed, 3 when k6 could not do its work.
 */
export async function aimAt(target: string): Promise<number> {
  const script = fileURLToPath(new URL('./overhead.js', import.meta.url));
  const k6 = spawn(ensure('k6'), ['run', '--no-usage-report', '-e', `K6_TARGET=${target}`, script], {
    stdio: 'inherit',
  });
  const [code] = (await once(k6, 'exit')) as [number | null];
  if (code === 0) return 0;
  return code === THRESHOLD_CROSSED ? 1 : 3;
}

/** Of k6's exit codes. */
const THRESHOLD_CROSSED = 99;
