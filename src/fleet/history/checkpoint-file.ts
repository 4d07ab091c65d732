import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { thrownText } from '../../contract/errors.ts';
import { writeAtomically } from '../../export/dump-files.ts';
import type { Log } from '../log.ts';

const NAME = /^checkpoint-[\w.-]+\.(bin|bad|bin\.tmp)$/;
/** "PMC1", then the CRC-32 of what follows, both little-endian. */
const MAGIC = 0x3143_4d50;
const HEADER_BYTES = 8;
/** How much newer another replica's checkpoint must be to be taken instead of one's own. */
const MUCH_NEWER_MILLIS = 10 * 60_000;

/** Of other hosts: replicas that live write theirs each minute, and one of those of pods that are gone is enough. */
const MOST_OTHERS = 4;
/** A file that was begun so long ago and not completed belongs to a run that is dead. */
const UNFINISHED_MILLIS = 10 * 60_000;

export interface FoundCheckpoint {
  readonly name: string;
  readonly content: Uint8Array;
}

interface Found {
  readonly name: string;
  readonly modifiedAt: number;
  readonly bytes: number;
}

export interface CheckpointLimits {
  /** Files last written before are deleted. Unix milliseconds. */
  readonly before: number;
  /** Of all checkpoints together, one's own included: older ones of others are deleted beyond it. */
  readonly maxBytes: number;
}

/**
 * What the aggregation worker knew when it stopped: `checkpoint-<host>.bin`, replaced every minute.
 *
 * Two replicas may share a volume. Both merge the same pods, so either's checkpoint would do, but one that could not reach
 * some pods must not overwrite what the other knows: each has its own, by the name of its host. A pod that replaces another
 * has a new name and finds none of its own; one that was away for long has an old one. Both take the newest there is.
 */
export class CheckpointFile {
  private readonly directory: string;
  private readonly name: string;
  private readonly log: Log;

  constructor(directory: string, host: string, log: Log) {
    this.directory = directory;
    this.name = `checkpoint-${host.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}.bin`;
    this.log = log;
  }

  async write(content: Uint8Array): Promise<void> {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(crc32(content), 4);
    await writeAtomically(this.directory, this.name, Buffer.concat([header, content]));
  }

  /**
   * Null when there is none. A damaged one is renamed to `.bad` and told of, and the next is tried.
   *
   * @throws when the directory cannot be read.
   */
  async read(): Promise<FoundCheckpoint | null> {
    for (const { name } of await this.inOrder()) {
      try {
        const content = contentOf(await readFile(join(this.directory, name)));
        if (content !== null) return { name, content };
        const bad = name.replace(/bin$/, 'bad');
        this.log.warn(
          { file: join(this.directory, name), renamedTo: bad },
          'a damaged checkpoint is set aside',
        );
        await rename(join(this.directory, name), join(this.directory, bad));
      } catch (error) {
        const file = join(this.directory, name);
        this.log.warn({ file, reason: thrownText(error) }, 'a checkpoint cannot be read');
      }
    }
    return null;
  }

  /**
   * Deletes what other hosts have left: what is too old, all but the newest four, and what is beyond the size. Not `kept`:
   * until the first minute is written it may be all there is. What cannot be deleted stays; the next write tells of the
   * reason. Returns the bytes of all that remain.
   *
   * @throws when the directory cannot be read.
   */
  async tidy({ before, maxBytes }: CheckpointLimits, kept: FoundCheckpoint | null): Promise<number> {
    const found = (await this.find()).sort(bySoundThenNewest);
    const isKept = ({ name }: Found): boolean => name === this.name || name === kept?.name;
    let total = found.filter(isKept).reduce((sum, { bytes }) => sum + bytes, 0);
    let others = 0;
    for (const file of found.filter((other) => !isKept(other))) {
      const isUnfinished = file.name.endsWith('.tmp');
      // Of a replica that lives, it is about to be renamed.
      if (isUnfinished && Date.now() - file.modifiedAt < UNFINISHED_MILLIS) continue;
      const isRoom = others < MOST_OTHERS && total + file.bytes <= maxBytes;
      if (!isUnfinished && file.modifiedAt >= before && isRoom) {
        others++;
        total += file.bytes;
      } else await rm(join(this.directory, file.name), { force: true }).catch(() => undefined);
    }
    return total;
  }

  private async inOrder(): Promise<Found[]> {
    const found = (await this.find()).filter(({ name }) => name.endsWith('.bin'));
    found.sort((a, b) => b.modifiedAt - a.modifiedAt);
    const own = found.find(({ name }) => name === this.name);
    if (own === undefined || found[0].modifiedAt - own.modifiedAt > MUCH_NEWER_MILLIS) return found;
    return [own, ...found.filter((other) => other !== own)];
  }

  private async find(): Promise<Found[]> {
    const found: Found[] = [];
    for (const name of await readdir(this.directory)) {
      if (!NAME.test(name)) continue;
      const file = await stat(join(this.directory, name)).catch(() => undefined);
      if (file?.isFile()) found.push({ name, modifiedAt: file.mtimeMs, bytes: file.size });
    }
    return found;
  }
}

/** Damaged ones last, which are of use to people only. */
function bySoundThenNewest(a: Found, b: Found): number {
  const isBad = ({ name }: Found): number => (name.endsWith('.bad') ? 1 : 0);
  return isBad(a) - isBad(b) || b.modifiedAt - a.modifiedAt;
}

/** Null when the bytes are not those that were written. */
function contentOf(bytes: Buffer): Uint8Array | null {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return null;
  // A copy of its own: small files are read into a buffer that others share.
  const content = new Uint8Array(bytes.subarray(HEADER_BYTES));
  return crc32(content) === bytes.readUInt32LE(4) ? content : null;
}
