import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PerfMetricsError, type Warn } from '../contract/errors.ts';
import type { Statistics } from '../contract/statistics.ts';
import { listDumps } from './dump-files.ts';
import { DUMP_SCHEMA_VERSION, type Dump } from './dumps.ts';

export interface DumpRange {
  /** Unix milliseconds, inclusive. Default: everything there is. */
  readonly from?: number;
  readonly to?: number;
  /** Told of each file that is left out. */
  readonly warn?: Warn;
}

/**
 * The dumps of a directory in the order in which they were written. Files that are no whole dump are left out with a
 * warning, `PERF_DUMP_CORRUPT`; files of other names are not looked at.
 *
 * @throws PerfMetricsError `PERF_DUMP_DIRECTORY` when the directory cannot be read.
 */
export async function* readDumps(directory: string, range: DumpRange = {}): AsyncGenerator<Dump> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, warn } = range;
  const { dumps } = await listDumps(directory).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such directory' : error.message;
    throw new PerfMetricsError('PERF_DUMP_DIRECTORY', `dumps of ${directory} cannot be read: ${reason}`, {
      cause: error,
    });
  });
  for (const { name, at } of dumps) {
    if (at < from || at > to) continue;
    const path = join(directory, name);
    try {
      yield parseDump(await readFile(path, 'utf8'));
    } catch (error) {
      // Deleted by the retention since the directory was read.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      warn?.(
        'PERF_DUMP_CORRUPT',
        `${path} is left out: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
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
