import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { thrownText } from '../contract/errors.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files of some directories whose names end in one of `endings`, by name.
 * @throws Error with a sentence when a directory cannot be read, or holds none.
 */
export async function readFiles(
  directories: readonly string[],
  endings: readonly string[],
): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for (const directory of directories) {
    const names = await readdir(directory).catch((error: unknown) => {
      throw new Error(`the directory ${directory} cannot be read: ${thrownText(error)}`);
    });
    const chosen = names.filter((name) => endings.some((ending) => name.endsWith(ending))).sort();
    if (chosen.length === 0)
      throw new Error(`the directory ${directory} holds no ${endings.join(' or ')} file`);
    for (const name of chosen) {
      const path = join(directory, name);
      files.push({ path, text: await readFile(path, 'utf8') });
    }
  }
  return files;
}
