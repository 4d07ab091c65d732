import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import { TARGET } from './options.js';

/** From when a request was due, not from when it could be sent: a service that is late pays for those it keeps waiting. */
const latency = new Trend('latency', true);

const SYMBOLS = ['AAPL', 'AMZN', 'GOOG', 'META', 'MSFT', 'NFLX', 'NVDA', 'TSLA'];
const HEADERS = { headers: { 'content-type': 'application/json' } };

/** One candle of one instrument: a slow wave with a ripple, the same at the same iteration of every run. */
function candle(iteration) {
  const bar = Math.floor(iteration / SYMBOLS.length);
  const phase = iteration % SYMBOLS.length;
  const price = (i) => 100 + 20 * Math.sin(i / 40 + phase) + 3 * Math.sin(i * 1.7 + phase);
  const [open, close] = [price(bar), price(bar + 1)];
  return {
    symbol: SYMBOLS[phase],
    date: '2020-01-02',
    open,
    high: Math.max(open, close) + 0.5,
    low: Math.min(open, close) - 0.5,
    close,
    volume: 1e6,
  };
}

/**
 * Sends the iteration's candle and returns the status of the answer, 0 without one. `rate`: of a constant one, requests a
 * second; without it the latency is from the sending.
 */
export function sendCandle(rate) {
  const iteration = exec.scenario.iterationInTest;
  const due = exec.scenario.startTime + (iteration * 1e3) / rate;
  const body = JSON.stringify(candle(iteration));
  const late = rate === undefined ? 0 : Math.max(0, Date.now() - due);
  const response = http.post(`${TARGET}/candles`, body, HEADERS);
  latency.add(late + response.timings.blocked + response.timings.connecting + response.timings.duration);
  check(response, { 'answered with a signal': ({ status }) => status === 200 });
  return response.status;
}
