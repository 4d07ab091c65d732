import { mkdir } from 'node:fs/promises';
import { type DumpKind, dumpName, writeAtomically } from './dump-files.ts';
import { type ClockDoubt, DumpRetention, type RetentionLimits } from './dump-retention.ts';

const DAY_MILLIS = 86_400_000;
const MEBIBYTE = 1024 * 1024;

export interface DumpLimits {
  readonly retentionDays: number;
  readonly maxMebibytes: number;
}

/** Where one writer puts its dumps; it deletes old ones, those of other writers as well. */
export class DumpDirectory {
  private readonly path: string;
  private readonly kind: DumpKind;
  private readonly writer: string;
  private readonly retention: DumpRetention;

  constructor(path: string, kind: DumpKind, writer: string, doubt?: ClockDoubt) {
    this.path = path;
    this.kind = kind;
    this.writer = writer;
    this.retention = new DumpRetention(path, kind, doubt);
  }

  /** @throws when the disk does not take it; what is too old is deleted nevertheless, which may make room for the next. */
  async put(unixMillis: number, content: string, limits: DumpLimits): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true });
      await writeAtomically(this.path, dumpName(this.kind, unixMillis, this.writer), content);
    } catch (error) {
      await this.tidy(unixMillis, limits);
      throw error;
    }
    await this.retention.apply(unixMillis, Buffer.byteLength(content), inUnits(limits));
  }

  /** Deletes what is beyond the limits although nothing was written. Never throws. */
  async tidy(unixMillis: number, limits: DumpLimits): Promise<void> {
    await this.retention.apply(unixMillis, 0, inUnits(limits)).catch(() => undefined);
  }
}

function inUnits({ retentionDays, maxMebibytes }: DumpLimits): RetentionLimits {
  return { maxAgeMillis: retentionDays * DAY_MILLIS, maxBytes: maxMebibytes * MEBIBYTE };
}
