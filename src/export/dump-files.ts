import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** `perf-2026-08-07T10-00-00.123Z-4711.json`: a name that every file system takes, and that sorts by time. */
const NAME = /^perf-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3}Z)-(\d{1,10})\.json(\.tmp)?$/;

export interface DumpFile {
  readonly name: string;
  /** Unix milliseconds, from the name. */
  readonly at: number;
  readonly pid: number;
}

export function dumpName(unixMillis: number, pid: number): string {
  return `perf-${new Date(unixMillis).toISOString().replaceAll(':', '-')}-${pid}.json`;
}

/** Dumps of a directory by time, and what was left of some that were not completed. Other files are not looked at. */
export async function listDumps(directory: string): Promise<{ dumps: DumpFile[]; unfinished: DumpFile[] }> {
  const dumps: DumpFile[] = [];
  const unfinished: DumpFile[] = [];
  for (const name of await readdir(directory)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const [, date, hours, minutes, seconds, pid, tmp] = match;
    const at = Date.parse(`${date}T${hours}:${minutes}:${seconds}`);
    if (!Number.isNaN(at)) (tmp === undefined ? dumps : unfinished).push({ name, at, pid: Number(pid) });
  }
  const byTime = (a: DumpFile, b: DumpFile): number => a.at - b.at || (a.name < b.name ? -1 : 1);
  return { dumps: dumps.sort(byTime), unfinished: unfinished.sort(byTime) };
}

/** All of it or nothing: whoever reads the directory never sees half a file, nor does a crash leave one. */
export async function writeAtomically(directory: string, name: string, text: string): Promise<void> {
  const temporary = join(directory, `${name}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
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
