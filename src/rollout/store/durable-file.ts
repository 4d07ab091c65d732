import { randomUUID } from 'node:crypto';
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a process that was killed left half-written is deleted after this long. */
const ABANDONED_MILLIS = 60_000;

/** Puts a text in place of a file, all of it or nothing, and on disk when it resolves. */
export async function replaceFile(directory: string, name: string, text: string): Promise<void> {
  await withTemporary(directory, name, text, (temporary) => rename(temporary, join(directory, name)));
}

/**
 * As `replaceFile`, where there is no such file yet: of all who try, one succeeds.
 * @returns false when there is one; it is left alone.
 */
export async function createFile(directory: string, name: string, text: string): Promise<boolean> {
  let isCreated = true;
  await withTemporary(directory, name, text, async (temporary) => {
    try {
      // A link, not a rename, which would replace: POSIX refuses to link to a name that is taken.
      await link(temporary, join(directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      isCreated = false;
    }
  });
  return isCreated;
}

async function withTemporary(
  directory: string,
  name: string,
  text: string,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(directory, `.${name}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(temporary);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  await syncDirectory(directory);
}

/** A name is on disk once its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Deletes what writers that were killed have left in a directory. */
export async function deleteAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/^\..+\.tmp$/.test(name)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MILLIS) await rm(path, { force: true });
  }
}
