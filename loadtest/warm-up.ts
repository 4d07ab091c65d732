import type { DemoService } from './demo-service.ts';
import { runK6 } from './k6.ts';

/** Of `/healthz`: what the demo itself says went through it since it started. */
export interface Journal {
  /** Candles that wait. */
  readonly queued: number;
  readonly signals: number;
  readonly orders: number;
  readonly fills: number;
  readonly rejects: number;
  readonly errors: number;
}

/** Eight instruments, each with 252 bars, of which signals and orders are made. */
const CANDLES = 8 * 252;
/** Until then a candle costs next to nothing. */
const RATE = 1000;

export async function readJournal(demo: DemoService): Promise<Journal> {
  const response = await fetch(`${demo.url}/healthz`);
  if (!response.ok) throw new Error(`/healthz answered ${response.status}`);
  return (await response.json()) as Journal;
}

/** Sends candles until every instrument has the bars that it needs: only then does the pipeline do all of its work. */
export async function fillWindows(demo: DemoService, directory: string, name: string): Promise<void> {
  for (;;) {
    const missing = CANDLES - (await readJournal(demo)).signals;
    if (missing <= 0) return;
    const seconds = Math.ceil((11 * missing) / RATE) / 10;
    const { iterations } = await runK6('overhead', {
      directory,
      name,
      target: demo.url,
      environment: { RATE: String(RATE), DURATION: `${seconds}s` },
    });
    if (iterations === 0) throw new Error(`k6 sent nothing; see ${name}.log`);
  }
}
