#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PerfMetricsError } from './contract/errors.ts';
import { readDumps } from './export/dump-reader.ts';
import { renderDumpReport } from './export/dump-report.ts';
import { summarizeDumps } from './export/dump-summary.ts';

const HELP = `perf-metrics: always-on tail latency for Node.js services

Usage
  perf-metrics report DIR [--from TIME] [--to TIME] [--json]
      What the dumps in DIR say about a period: counts, P99, SLA compliance, event by event.
      TIME is ISO 8601: 2026-08-07, 2026-08-07T10:00Z, 2026-08-07T10:00:00+02:00.
  perf-metrics --help
  perf-metrics --version
`;

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** What the caller can put right: one sentence, exit status 2. */
class UsageError extends Error {}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) print(HELP);
  else if (values.version) print(`${version()}\n`);
  else await run(positionals, values);
}

async function run(
  positionals: readonly string[],
  values: ReturnType<typeof parse>['values'],
): Promise<void> {
  const [command, directory, ...rest] = positionals;
  if (command === undefined) throw new UsageError('say what to do: perf-metrics report DIR, or --help');
  if (command !== 'report')
    throw new UsageError(`there is no command ${JSON.stringify(command)}; see --help`);
  if (directory === undefined)
    throw new UsageError('report takes the directory of the dumps: perf-metrics report DIR');
  if (rest.length > 0) throw new UsageError(`report takes one directory, got ${rest.length + 1}`);
  await report(directory, time('--from', values.from), time('--to', values.to), values.json === true);
}

async function report(directory: string, from?: number, to?: number, asJson = false): Promise<void> {
  if (from !== undefined && to !== undefined && from > to) throw new UsageError('--from lies after --to');
  const warn = (_code: string, message: string): void =>
    void process.stderr.write(`perf-metrics: ${message}\n`);
  const range = { warn, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const summary = await summarizeDumps(readDumps(directory, range), from);
  print(asJson ? `${JSON.stringify(summary, null, 2)}\n` : renderDumpReport(summary));
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}; see --help`);
  }
}

function time(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const millis = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis))
    throw new UsageError(`${option} ${JSON.stringify(text)} is no ISO 8601 time such as 2026-08-07T10:00Z`);
  return millis;
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function print(text: string): void {
  process.stdout.write(text);
}

function complain(message: string): void {
  process.stderr.write(`perf-metrics: ${message}\n`);
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof PerfMetricsError)) throw error;
  complain(error.message);
  process.exitCode = 2;
}
