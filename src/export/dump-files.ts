import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a dump is of: one process, or all that the aggregation worker merged. The first word of its name. */
export type DumpKind = 'perf' | 'fleet';

/**
 * `perf-2026-08-07T10-00-00.123Z-4711.json`: a name that every file system takes, and that sorts by time. Last comes
 * what tells writers of one directory apart: a process by its id; the aggregation worker, whose process id is 1 in every
 * container, by eight random hexadecimal digits.
 */
const NAMES: Readonly<Record<DumpKind, RegExp>> = {
  perf: /^perf-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3}Z)-(\d{1,10})\.json(\.tmp)?$/,
  fleet: /^fleet-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3}Z)-([\da-f]{8})\.json(\.tmp)?$/,
};

export interface DumpFile {
  readonly name: string;
  /** Unix milliseconds, from the name. */
  readonly at: number;
  readonly writer: string;
}

export function dumpName(kind: DumpKind, unixMillis: number, writer: string | number): string {
  return `${kind}-${new Date(unixMillis).toISOString().replaceAll(':', '-')}-${writer}.json`;
}

/** Dumps of a directory by time, and what was left of some that were not completed. Other files are not looked at. */
export async function listDumps(
  directory: string,
  kind: DumpKind,
): Promise<{ dumps: DumpFile[]; unfinished: DumpFile[] }> {
  const dumps: DumpFile[] = [];
  const unfinished: DumpFile[] = [];
  for (const name of await readdir(directory)) {
    const match = NAMES[kind].exec(name);
    if (match === null) continue;
    const [, date, hours, minutes, seconds, writer, tmp] = match;
    const at = Date.parse(`${date}T${hours}:${minutes}:${seconds}`);
    if (!Number.isNaN(at)) (tmp === undefined ? dumps : unfinished).push({ name, at, writer });
  }
  const byTime = (a: DumpFile, b: DumpFile): number => a.at - b.at || (a.name < b.name ? -1 : 1);
  return { dumps: dumps.sort(byTime), unfinished: unfinished.sort(byTime) };
}

/** All of it or nothing: whoever reads the directory never sees half a file, nor does a crash leave one. */
export async function writeAtomically(
  directory: string,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  const temporary = join(directory, `${name}.tmp`);
  try {
    // Of a name that is written again and again, a process that was killed may have left one.
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Deletes a file; one that is gone already is as good. */
export async function deleteFile(directory: string, { name }: DumpFile): Promise<void> {
  await rm(join(directory, name), { force: true });
}

/** Bytes of a file; 0 when it is gone. */
export async function fileBytes(directory: string, { name }: DumpFile): Promise<number> {
  const found = await stat(join(directory, name)).catch(() => undefined);
  return found?.size ?? 0;
}
