import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ensure } from '../scripts/tools/install.ts';
import { Fatal } from './processes.ts';

/** Of k6's exit codes. */
const THRESHOLD_CROSSED = 99;
const ANSWER_MILLIS = 10_000;

/**
 * Aims k6's script at a service that is deployed: its own summary is the result. Nothing is switched there, so it says how
 * the service answers, not what measuring costs.
 *
 * @throws RangeError when the target is no URL, Fatal when nobody answers there.
 * @returns 0 when k6's thresholds hold, 1 when one is crossed, 3 when k6 could not do its work.
 */
export async function aimAt(target: string): Promise<number> {
  if (!/^https?:$/.test(URL.parse(target)?.protocol ?? '')) {
    throw new RangeError(
      `K6_TARGET must be a URL such as http://127.0.0.1:8080, got ${JSON.stringify(target)}.`,
    );
  }
  const origin = target.replace(/\/+$/, '');
  await fetch(origin, { signal: AbortSignal.timeout(ANSWER_MILLIS) }).catch((error: unknown) => {
    throw new Fatal(
      `${origin} does not answer: ${((error as Error).cause as Error | undefined)?.message ?? error}`,
    );
  });
  const script = fileURLToPath(new URL('./overhead.js', import.meta.url));
  const k6 = spawn(ensure('k6'), ['run', '--no-usage-report', '-e', `K6_TARGET=${origin}`, script], {
    stdio: 'inherit',
  });
  process.once('exit', () => k6.kill());
  const [code] = (await once(k6, 'exit')) as [number | null];
  if (code === 0) return 0;
  return code === THRESHOLD_CROSSED ? 1 : 3;
}
