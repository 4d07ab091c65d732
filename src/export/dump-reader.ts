import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PerfMetricsError, thrownText, type Warn } from '../contract/errors.ts';
import type { Statistics } from '../contract/statistics.ts';
import { type DumpFile, type DumpKind, listDumps } from './dump-files.ts';
import { DUMP_SCHEMA_VERSION, type Dump } from './dumps.ts';

/** Files that are being read while one is looked at: the disk and the processor work at the same time. */
const READ_AHEAD = 8;

export interface DumpRange {
  /** Unix milliseconds, inclusive. Default: everything there is. */
  readonly from?: number;
  readonly to?: number;
  /** Told of each file that is left out. */
  readonly warn?: Warn;
  /** Told after each file. */
  readonly progress?: (done: number, files: number) => void;
}

/**
 * The dumps of processes of a directory in the order in which they were written. Files that are no whole dump are left
 * out with a warning, `PERF_DUMP_CORRUPT`; files of other names are not looked at.
 *
 * @throws PerfMetricsError `PERF_DUMP_DIRECTORY` when the directory cannot be read.
 */
export async function* readDumps(directory: string, range: DumpRange = {}): AsyncGenerator<Dump> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
  const files = (await findDumps(directory, 'perf')).filter(({ at }) => at >= from && at <= to);
  for await (const { dump } of readDumpFiles(directory, files, parseDump, range)) yield dump;
}

/**
 * Dumps of a directory by time.
 *
 * @throws PerfMetricsError `PERF_DUMP_DIRECTORY` when the directory cannot be read.
 */
export async function findDumps(directory: string, kind: DumpKind): Promise<DumpFile[]> {
  const { dumps } = await listDumps(directory, kind).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such directory' : error.message;
    throw new PerfMetricsError('PERF_DUMP_DIRECTORY', `dumps of ${directory} cannot be read: ${reason}`, {
      cause: error,
    });
  });
  return dumps;
}

/** One after the other, in the order given; those that `parse` throws at are left out with a warning. */
export async function* readDumpFiles<T>(
  directory: string,
  files: readonly DumpFile[],
  parse: (text: string) => T,
  { warn, progress }: Pick<DumpRange, 'warn' | 'progress'>,
): AsyncGenerator<{ readonly file: DumpFile; readonly dump: T }> {
  const begin = ({ name }: DumpFile) =>
    readFile(join(directory, name), 'utf8').catch((error: Error) => error);
  const ahead = files.slice(0, READ_AHEAD).map(begin);
  for (const [i, file] of files.entries()) {
    const text = await ahead[i % READ_AHEAD];
    if (i + READ_AHEAD < files.length) ahead[i % READ_AHEAD] = begin(files[i + READ_AHEAD]);
    let dump: T | undefined;
    try {
      if (text instanceof Error) throw text;
      dump = parse(text);
    } catch (error) {
      // Unless it was deleted by the retention since the directory was read.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        warn?.('PERF_DUMP_CORRUPT', `${join(directory, file.name)} is left out: ${thrownText(error)}`);
    }
    if (dump !== undefined) yield { file, dump };
    progress?.(i + 1, files.length);
  }
}

function parseDump(text: string): Dump {
  const dump: unknown = JSON.parse(text);
  if (!isRecord(dump)) throw new Error('it is no dump');
  if (dump.schemaVersion !== DUMP_SCHEMA_VERSION) throw new Error('it is of another schema version');
  if (typeof dump.pid !== 'number' || !isStatistics(dump.statistics)) throw new Error('it is no dump');
  return dump as unknown as Dump;
}

/** As far as a report goes by it. */
function isStatistics(value: unknown): value is Statistics {
  return (
    isRecord(value) &&
    Number.isFinite(value.at) &&
    Number.isFinite(value.startedAt) &&
    Array.isArray(value.events) &&
    value.events.every(isEvent)
  );
}

function isEvent(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.event === 'string' &&
    typeof value.unit === 'string' &&
    isCount(value.count) &&
    isCount(value.errors) &&
    isCount(value.breaches) &&
    (value.quantiles === null || isQuantiles(value.quantiles)) &&
    (value.sla === null || (isRecord(value.sla) && Number.isFinite(value.sla.threshold))) &&
    isRecord(value.windows) &&
    isRecord(value.windows['1m']) &&
    (value.windows['1m'].quantiles === null || isQuantiles(value.windows['1m'].quantiles))
  );
}

function isQuantiles(value: unknown): boolean {
  return isRecord(value) && ['p50', 'p95', 'p99', 'p999'].every((key) => Number.isFinite(value[key]));
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
