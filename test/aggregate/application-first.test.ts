import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;

/** A program that does not end by then is ended. */
const LIMIT_MILLIS = 15_000;

/** Runs a program that uses the library in a process of its own; returns what it printed. */
async function run(script: string, ...nodeOptions: string[]): Promise<string> {
  const program = `
    const { MetricsAggregator, MetricsCollector, EventID } = await import('${INDEX}');
    ${script}`;
  const args = ['--disable-warning=SecurityWarning', ...nodeOptions, '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LIMIT_MILLIS });
  return stdout;
}

const APPLICATION = `
  const collector = new MetricsCollector();
  const aggregator = new MetricsAggregator(collector, { port: 0 });
  const codes = new Set();
  aggregator.on('warning', ({ code }) => codes.add(code));
  aggregator.start();
  for (let n = 0; n < 1000; n++) collector.recordEnd(0, collector.recordStart(0));`;

describe('an application', () => {
  it('runs on when the worker thread cannot be started, and is told so', async () => {
    const printed = await run(
      `${APPLICATION}
      const { ring } = aggregator.getStatistics();
      console.log([...codes].join(), collector.enabled, collector.buffer.backlogRecords >= 1000, ring.recorded);
      await aggregator.stop();`,
      '--permission',
      '--allow-fs-read=*',
    );
    expect(printed).toBe('PERF_WORKER_FAILED true true 0\n');
  });

  it('ends when it has nothing more to do, with its aggregator running', async () => {
    const printed = await run(`${APPLICATION}
      const work = setInterval(() => undefined, 1000);
      aggregator.once('listening', () => {
        clearInterval(work);
        console.log('done');
      });`);
    expect(printed).toBe('done\n');
  });

  it('may stop its aggregator twice, or without having started it', async () => {
    const printed = await run(`${APPLICATION}
      await aggregator.stop();
      await aggregator.stop();
      await new MetricsAggregator(collector, { port: 0 }).stop();
      console.log(aggregator.getStatistics().events[0].count);`);
    expect(printed).toBe('1000\n');
  });
});
