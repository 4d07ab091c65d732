import { type DumpFile, type DumpKind, deleteFile, fileBytes, listDumps } from './dump-files.ts';

const HOUR_MILLIS = 3_600_000;
/** A file that was begun so long ago and not completed belongs to a run that is dead. */
const UNFINISHED_MILLIS = 10 * 60_000;
/** Deleting goes on to this share of the limit, so that not every dump must look at all others. */
const LOW_WATER = 0.9;
/** At most so many of the dumps go by age at one look, and... */
const MOST_AGED = 0.1;
/** ...so many may always go: those of an hour. */
const AGED_AT_LEAST = 60;
/** Sizes asked for at once: a directory of a month holds 43,200 dumps. */
const AT_ONCE = 32;

/** Told when more dumps than may go at once are too old by the clock: `left` of them stay for now. */
export type ClockDoubt = (doubt: { readonly now: number; readonly left: number }) => void;

export interface RetentionLimits {
  readonly maxAgeMillis: number;
  /** Of all dumps together. The newest one stays, whatever its size. */
  readonly maxBytes: number;
}

/**
 * Deletes what is too old, then the oldest beyond the size limit. Between two looks at the directory, an hour apart at
 * most, it goes by what was written.
 *
 * Age is by one's own clock. One that is a month ahead would delete the history of all writers at once: so a look deletes
 * a tenth of the dumps by age, which is as much as grow old between two looks, and hands the doubt on.
 */
export class DumpRetention {
  private readonly directory: string;
  private readonly kind: DumpKind;
  private readonly doubt: ClockDoubt;
  private bytes = 0;
  private lookedAt = Number.NEGATIVE_INFINITY;
  /** By name. A dump never changes, so that each is asked for its size once. */
  private sizes = new Map<string, number>();

  constructor(directory: string, kind: DumpKind, doubt: ClockDoubt = () => undefined) {
    this.directory = directory;
    this.doubt = doubt;
    this.kind = kind;
  }

  /** After a dump of `bytes` was written at `now` (Unix milliseconds). */
  async apply(now: number, bytes: number, limits: RetentionLimits): Promise<void> {
    this.bytes += bytes;
    const isDue = Math.abs(now - this.lookedAt) >= Math.min(HOUR_MILLIS, limits.maxAgeMillis / 10);
    if (!isDue && this.bytes <= limits.maxBytes) return;
    const { dumps, unfinished } = await listDumps(this.directory, this.kind);
    for (const file of unfinished) {
      if (now - file.at > UNFINISHED_MILLIS) await deleteFile(this.directory, file);
    }
    // Looks for the sake of size may be a minute apart.
    const kept = isDue ? await this.deleteOld(dumps, now, limits.maxAgeMillis) : dumps;
    this.bytes = await this.deleteBeyond(kept, limits.maxBytes);
    this.lookedAt = now;
  }

  private async deleteOld(
    dumps: readonly DumpFile[],
    now: number,
    maxAgeMillis: number,
  ): Promise<readonly DumpFile[]> {
    const old = dumps.filter(({ at }) => at < now - maxAgeMillis).length;
    const deleted = Math.min(old, Math.max(AGED_AT_LEAST, Math.floor(dumps.length * MOST_AGED)));
    if (old > deleted) this.doubt({ now, left: old - deleted });
    for (const file of dumps.slice(0, deleted)) await deleteFile(this.directory, file);
    return dumps.slice(deleted);
  }

  /** Returns what the remaining ones take. */
  private async deleteBeyond(dumps: readonly DumpFile[], maxBytes: number): Promise<number> {
    const sizes = await this.sizesOf(dumps);
    let total = sizes.reduce((sum, size) => sum + size, 0);
    if (total <= maxBytes) return total;
    for (let i = 0; i < dumps.length - 1 && total > maxBytes * LOW_WATER; i++) {
      await deleteFile(this.directory, dumps[i]);
      total -= sizes[i];
    }
    return total;
  }

  private async sizesOf(dumps: readonly DumpFile[]): Promise<number[]> {
    const sizes: number[] = [];
    for (let i = 0; i < dumps.length; i += AT_ONCE) {
      const some = dumps.slice(i, i + AT_ONCE);
      sizes.push(
        ...(await Promise.all(
          some.map((file) => this.sizes.get(file.name) ?? fileBytes(this.directory, file)),
        )),
      );
    }
    this.sizes = new Map(dumps.map(({ name }, i) => [name, sizes[i]]));
    return sizes;
  }
}
