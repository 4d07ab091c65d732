import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile } from './durable-file.ts';
import { StoreConflict } from './rollout-store.ts';

/** Version 0: there is none. */
export interface Versioned {
  readonly version: number;
  readonly text: string | null;
}

/** A version can be replaced between its being listed and read; one is replaced seldom. */
const READ_ATTEMPTS = 10;

/**
 * A text that processes of one machine, or of several on a shared volume, replace by compare-and-swap, which POSIX does not
 * have: each version is a file of its own, `NAME-7.json`, and whoever creates the next one has written it. The highest is
 * the text; it is never deleted, so a writer that slept meanwhile either finds its number taken or finds a higher one.
 */
export class VersionedFile {
  private readonly directory: string;
  private readonly name: string;

  constructor(directory: string, name: string) {
    this.directory = directory;
    this.name = name;
  }

  async read(): Promise<Versioned> {
    for (let attempt = 1; ; attempt++) {
      const [version] = await this.versions();
      if (version === undefined) return { version: 0, text: null };
      try {
        return { version, text: await readFile(this.path(version), 'utf8') };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === READ_ATTEMPTS) throw error;
      }
    }
  }

  /** @throws StoreConflict when `version` is no longer the highest. */
  async write(text: string, version: number): Promise<number> {
    const mine = version + 1;
    const isCreated = await createFile(this.directory, this.file(mine), text);
    if (!isCreated) throw new StoreConflict(`${this.file(mine)} has been written by another`);
    const [highest, ...older] = await this.versions();
    if (highest !== mine) {
      // The number was free again because newer versions had come and it had been cleared away.
      if (highest !== undefined && highest > mine) await rm(this.path(mine), { force: true });
      throw new StoreConflict(`${this.file(mine)} has been overtaken by another`);
    }
    for (const old of older) await rm(this.path(old), { force: true });
    return mine;
  }

  /** Highest first. */
  private async versions(): Promise<number[]> {
    const found: number[] = [];
    for (const file of await readdir(this.directory)) {
      const version = Number(file.slice(this.name.length + 1, -'.json'.length));
      if (Number.isSafeInteger(version) && version > 0 && file === this.file(version)) found.push(version);
    }
    return found.sort((a, b) => b - a);
  }

  private file(version: number): string {
    return `${this.name}-${version}.json`;
  }

  private path(version: number): string {
    return join(this.directory, this.file(version));
  }
}
