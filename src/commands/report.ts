import { parseArgs } from 'node:util';
import { PerfMetricsError } from '../contract/errors.ts';
import { type DumpRange, findDumps, readDumps } from '../export/dump-reader.ts';
import { renderDumpReport } from '../export/dump-report.ts';
import { type DumpSummary, summarizeDumps } from '../export/dump-summary.ts';
import { type FleetSummary, summarizeMinutes } from '../fleet/history/fleet-summary.ts';
import { renderHistoryReport } from '../fleet/history/history-report.ts';
import { readMinutes } from '../fleet/history/minute-reader.ts';
import { progressOn } from './progress.ts';
import { UsageError } from './usage.ts';

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  service: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export interface ReportOutput {
  print(text: string): void;
  /** A sentence of something that was left out. */
  warn(text: string): void;
}

interface Report {
  /** What --json prints. */
  readonly summary: DumpSummary | FleetSummary;
  readonly text: string;
}

/**
 * `perf-metrics report DIR`: what the dumps of a directory say about a period, be they of processes or of a fleet.
 *
 * @throws UsageError when the arguments are wrong, PerfMetricsError `PERF_DUMP_DIRECTORY` when there are no dumps to read.
 */
export async function runReport(args: string[], io: ReportOutput): Promise<void> {
  const { values, positionals } = parse(args);
  const [directory, ...rest] = positionals;
  if (directory === undefined)
    throw new UsageError('report takes the directory of the dumps: perf-metrics report DIR');
  if (rest.length > 0) throw new UsageError(`report takes one directory, got ${rest.length + 1}`);
  const [from, to] = [time('--from', values.from), time('--to', values.to)];
  if (from !== undefined && to !== undefined && from > to) throw new UsageError('--from lies after --to');

  const progress = progressOn(process.stderr);
  const range: DumpRange = {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    progress: progress.show,
    warn(_code, message) {
      progress.clear();
      io.warn(message);
    },
  };
  const isFleet = await isOfFleet(directory, io);
  if (!isFleet && values.service !== undefined)
    throw new UsageError(
      `--service chooses among the services of a fleet; the dumps in ${directory} are of processes`,
    );
  const reading = isFleet ? fleetReport(directory, range, values.service) : processReport(directory, range);
  const { summary, text } = await reading.finally(progress.clear);
  io.print(values.json === true ? `${JSON.stringify(summary, null, 2)}\n` : text);
}

async function isOfFleet(directory: string, io: ReportOutput): Promise<boolean> {
  const [fleet, processes] = [await findDumps(directory, 'fleet'), await findDumps(directory, 'perf')];
  if (fleet.length === 0 && processes.length === 0)
    throw new PerfMetricsError(
      'PERF_DUMP_DIRECTORY',
      `there are no dumps in ${directory}, neither of processes (perf-*.json) nor of a fleet (fleet-*.json)`,
    );
  if (fleet.length > 0 && processes.length > 0)
    io.warn(`${directory} holds dumps of a fleet and of processes; this is the report of the fleet`);
  return fleet.length > 0;
}

async function processReport(directory: string, range: DumpRange): Promise<Report> {
  const summary = await summarizeDumps(readDumps(directory, range), range.from);
  return { summary, text: renderDumpReport(summary) };
}

async function fleetReport(
  directory: string,
  range: DumpRange,
  service: string | undefined,
): Promise<Report> {
  const { from, to = Number.POSITIVE_INFINITY } = range;
  const summary = await summarizeMinutes(readMinutes(directory, range), {
    ...(from !== undefined && { from }),
    // Of what is still to come nothing is missing.
    ...(to <= Date.now() && { to }),
    ...(service !== undefined && { service }),
  });
  if (service !== undefined && summary.minutes > 0 && !summary.services.includes(service))
    throw new UsageError(
      `there is no service ${JSON.stringify(service)} in this period; there are: ${summary.services.join(', ')}`,
    );
  return { summary, text: renderHistoryReport(summary) };
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
