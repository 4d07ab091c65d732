import type { SlaChange } from '../index.ts';
import { FAULT_EVENTS } from './faults.ts';
import type { PaperTrading } from './paper-trading.ts';
import type { Settings } from './settings.ts';
import { INITIAL_CASH } from './trading-engine.ts';

export interface Addresses {
  /** Of the library's endpoint. */
  readonly metrics: string;
  /** Of the HTTP service, when there is one. */
  readonly service: string | null;
}

/** What a person needs to know when the demo starts. */
export function banner({ rate, seconds, hasFaults }: Settings, { metrics, service }: Addresses): string {
  const feed =
    rate === 0 ? 'replays nothing (DEMO_RATE=0)' : `replays recorded S&P 500 candles, ${rate} a second`;
  const fault = `curl -H 'content-type: application/json' -d '{"event":"signal_generation","delay_ms":30}' ${metrics}/faults`;
  const lines = [
    `perf-metrics demo: a paper-trading engine that ${feed}`,
    `  live page   ${metrics}/`,
    `  metrics     ${metrics}/metrics   ${metrics}/stats.json   ${metrics}/report`,
    service === null ? '' : `  service     POST ${service}/candles   GET ${service}/healthz`,
    hasFaults
      ? `  slow down   ${FAULT_EVENTS.join(', ')}:\n              ${fault}`
      : '  slow down   DEMO_FAULTS=1 allows it',
    seconds === null ? '  stop        Ctrl-C' : `  stop        by itself after ${seconds} s, or Ctrl-C`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** One line about an SLA that broke or is kept again. */
export function slaLine(kind: 'broken' | 'recovered', change: SlaChange): string {
  const { event, window, value, threshold, compliance, objective } = change;
  const share = `${percent(compliance)} of events within ${millis(threshold)}, objective ${percent(objective)}`;
  return `SLA ${kind.padEnd(9)} ${event} over ${window}: P${round(100 * objective)} ${millis(value)}; ${share}`;
}

/** One line about what was traded. */
export function accountLine({ engine, journal }: PaperTrading, symbol: string): string {
  const { signals, orders, fills, rejects, errors } = journal;
  const portfolio = engine.portfolio(symbol);
  const profit = portfolio === undefined ? 0 : portfolio.realised - portfolio.fees;
  const result = `${signals} candles, ${orders} orders, ${fills} fills, ${rejects} rejects, ${errors} errors`;
  return `${result}; realised ${round(profit)} on ${INITIAL_CASH} of paper money since the session began`;
}

function millis(seconds: number): string {
  return `${round(seconds * 1e3)} ms`;
}

function percent(ratio: number): string {
  return `${round(ratio * 100)} %`;
}

function round(value: number): string {
  return value.toFixed(2).replace(/\.?0+$/, '');
}
