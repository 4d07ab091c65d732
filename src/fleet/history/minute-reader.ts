import type { DumpFile } from '../../export/dump-files.ts';
import { type DumpRange, findDumps, readDumpFiles } from '../../export/dump-reader.ts';
import type { Minute } from '../minute.ts';
import { parseMinute } from './minute-dump.ts';

/**
 * The minutes of a directory by time, those that overlap the range at least half. Where several aggregation workers
 * write to one directory they saw the same pods: of a span of time, one writer's minutes are given (`OneWriter`).
 * Files that are no whole dump are left out with a warning, `PERF_DUMP_CORRUPT`.
 *
 * @throws PerfMetricsError `PERF_DUMP_DIRECTORY` when the directory cannot be read.
 */
export async function* readMinutes(directory: string, range: DumpRange = {}): AsyncGenerator<Minute> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
  const files = endingWithin(await findDumps(directory, 'fleet'), from, to);
  const writers = new OneWriter();
  for await (const { file, dump } of readDumpFiles(directory, files, parseMinute, range)) {
    const middle = (dump.from + dump.to) / 2;
    if (middle >= from && middle <= to && writers.takes(file.writer, dump)) yield dump;
  }
}

/** Names tell when minutes end. Of each writer, the first that ends after the range may lie in it by half. */
function endingWithin(files: readonly DumpFile[], from: number, to: number): DumpFile[] {
  const beyond = new Set<string>();
  return files.filter(({ at, writer }) => {
    if (at < from || beyond.has(writer)) return false;
    if (at > to) beyond.add(writer);
    return true;
  });
}

/**
 * Stays with a writer as long as it goes on, and turns to another where a minute of that one begins after all that was
 * taken so far. So nothing is counted twice; a change of writers costs less than a minute, which the report's coverage
 * shows. A restarted aggregation worker is another writer.
 */
class OneWriter {
  private writer = '';
  private end = Number.NEGATIVE_INFINITY;

  takes(writer: string, { from, to }: Minute): boolean {
    // Minutes of one writer are increases, one after the other, whatever its clock did meanwhile.
    const isNext = writer === this.writer ? to > this.end : from >= this.end;
    if (!isNext) return false;
    this.writer = writer;
    this.end = to;
    return true;
  }
}
