import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Clock } from '../../contract/clock.ts';
import { thrownText } from '../../contract/errors.ts';
import type { FleetHistory, FleetStatistics, HistoryPoint } from '../../contract/fleet.ts';
import { DumpDirectory, type DumpLimits } from '../../export/dump-directory.ts';
import type { Log } from '../log.ts';
import type { Minute, MinuteEvent } from '../minute.ts';
import { CheckpointFile, type FoundCheckpoint } from './checkpoint-file.ts';
import { minutePoint, roundPoint } from './history-point.ts';
import { minuteText } from './minute-dump.ts';
import { readMinutes } from './minute-reader.ts';
import { RecentPoints } from './recent-points.ts';

const SECOND_MILLIS = 1e3;
const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 86_400_000;
const MEBIBYTE = 1024 * 1024;
/** A volume that hangs must not have minutes wait in memory without end. */
const MOST_WAITING = 10;

export interface FleetHistorySettings {
  /** Null: the history is kept in memory only, and a restart loses it. */
  readonly directory: string | null;
  /** Between two minutes, as the merge thread sends them. */
  readonly intervalSeconds: number;
  readonly retentionDays: number;
  /**
   * Of all dumps and checkpoints of the directory together, those of other replicas as well. The newest dump and one's
   * own checkpoint stay, whatever their size.
   */
  readonly maxMebibytes: number;
  readonly log: Log;
  /** Unix milliseconds. Default: the system's. */
  readonly wallClock?: Clock;
}

/**
 * What the charts show, and the dumps that keep it: `fleet-<end of the minute>-<writer>.json` for each minute, and a
 * checkpoint from which the totals go on after a restart.
 */
export class FleetHistoryStore {
  private readonly settings: FleetHistorySettings;
  private readonly wallClock: Clock;
  private readonly disk: Disk | null;
  private readonly seconds = new RecentPoints(15 * MINUTE_MILLIS, SECOND_MILLIS);
  private readonly minutes: RecentPoints;
  private queue: Promise<void> = Promise.resolve();
  private waiting = 0;
  private isFailing = false;
  private writtenMinutes = 0;
  private failedMinutes = 0;

  constructor(settings: FleetHistorySettings) {
    const { directory, intervalSeconds, log, wallClock } = settings;
    this.settings = settings;
    this.wallClock = wallClock ?? Date.now;
    this.minutes = new RecentPoints(DAY_MILLIS, Math.max(MINUTE_MILLIS, intervalSeconds * 1e3));
    this.disk = directory === null ? null : new Disk(directory, log);
  }

  /** Minutes that were written, with their checkpoints. */
  get written(): number {
    return this.writtenMinutes;
  }

  get failed(): number {
    return this.failedMinutes;
  }

  /** Reads back what is there. Never throws: what cannot be read is told of, and the history begins anew. */
  async open(): Promise<{ checkpoint: Uint8Array | null }> {
    const { disk } = this;
    if (disk === null) return { checkpoint: null };
    const { log } = this.settings;
    const { directory } = disk;
    let checkpoint: FoundCheckpoint | null = null;
    try {
      await mkdir(directory, { recursive: true });
      checkpoint = await disk.restore(this.wallClock(), this.settings);
      await this.readMinutes(directory);
      const minutes = this.minutes.all();
      const times = minutes.length > 0 && {
        from: isoText(minutes[0]),
        to: isoText(minutes[minutes.length - 1]),
      };
      const found = { directory, minutes: minutes.length, ...times, checkpoint: checkpoint?.name ?? 'none' };
      log.info(found, 'history read back');
    } catch (error) {
      log.error({ directory, reason: thrownText(error) }, 'the history cannot be read back; it begins anew');
    }
    return { checkpoint: checkpoint?.content ?? null };
  }

  /** Once a second. */
  addRound(statistics: FleetStatistics): void {
    this.seconds.add(roundPoint(statistics));
  }

  /** Resolves when the minute is on disk, or was given up. Never throws: a failure is counted, and an outage told of once. */
  async addMinute(minute: Minute, checkpoint: Uint8Array): Promise<void> {
    const { disk } = this;
    this.minutes.add(minutePoint(minute));
    if (disk === null) return;
    if (this.waiting >= MOST_WAITING) {
      this.fail(disk, 'the disk has not taken the last ones yet');
      return;
    }
    this.waiting++;
    this.queue = this.queue.then(() => this.write(disk, minute, checkpoint));
    await this.queue;
  }

  history(): FleetHistory {
    return { seconds: this.seconds.all(), minutes: this.minutes.all() };
  }

  private async readMinutes(directory: string): Promise<void> {
    const leftOut: string[] = [];
    const warn = (_code: string, message: string): void => void leftOut.push(message);
    const from = this.wallClock() - DAY_MILLIS;
    for await (const minute of readMinutes(directory, { from, warn })) this.minutes.add(minutePoint(minute));
    if (leftOut.length > 0)
      this.settings.log.warn(
        { files: leftOut.length, first: leftOut[0] },
        'dumps of the history are left out',
      );
  }

  private async write(disk: Disk, minute: Minute, checkpoint: Uint8Array): Promise<void> {
    try {
      await disk.write(minute, checkpoint, this.settings);
      this.writtenMinutes++;
      if (this.isFailing)
        this.settings.log.info({ directory: disk.directory }, 'the history is written again');
      this.isFailing = false;
    } catch (error) {
      this.fail(disk, thrownText(error));
    } finally {
      this.waiting--;
    }
  }

  private fail({ directory }: Disk, reason: string): void {
    this.failedMinutes++;
    if (!this.isFailing)
      this.settings.log.error(
        { directory, reason },
        'the history cannot be written; it is tried again each minute',
      );
    this.isFailing = true;
  }
}

class Disk {
  readonly directory: string;
  private readonly checkpoint: CheckpointFile;
  private readonly dumps: DumpDirectory;
  /** Whose checkpoint was read: until one's own is written, it may be all there is. */
  private restored: FoundCheckpoint | null = null;
  private checkpointBytes = 0;
  private tidiedAt = Number.NEGATIVE_INFINITY;
  /** The `to` of the newest dump of this run. */
  private newest = Number.NEGATIVE_INFINITY;

  constructor(directory: string, log: Log) {
    this.directory = directory;
    this.checkpoint = new CheckpointFile(directory, hostname(), log);
    this.dumps = new DumpDirectory(directory, 'fleet', randomBytes(4).toString('hex'), ({ now, left }) =>
      log.warn(
        { directory, clock: new Date(now).toISOString(), tooOld: left },
        'by the clock, far more of the history is too old than grows old in an hour: is the clock ahead? It is deleted bit by bit, some each hour',
      ),
    );
  }

  async restore(now: number, limits: DumpLimits): Promise<FoundCheckpoint | null> {
    this.restored = await this.checkpoint.read();
    await this.tidyCheckpoints(now, limits);
    return this.restored;
  }

  /**
   * The checkpoint first: should the process be killed between the two, a minute is missing, which reports tell. Of the
   * other way round, and of a checkpoint that cannot be written, a next run makes a minute that begins before this one
   * ended, which reports leave out. So neither waits for the other.
   *
   * @throws the first reason, after both were tried.
   */
  async write(minute: Minute, checkpoint: Uint8Array, limits: DumpLimits): Promise<void> {
    const attempts = [
      await this.writeCheckpoint(minute.to, checkpoint, limits).catch(asError),
      await this.writeDump(minute, limits).catch(asError),
    ];
    for (const attempt of attempts) if (attempt instanceof Error) throw attempt;
  }

  /** Of other hosts. */
  private async tidyCheckpoints(now: number, { retentionDays, maxMebibytes }: DumpLimits): Promise<void> {
    const before = now - retentionDays * DAY_MILLIS;
    // The other half is for dumps.
    const maxBytes = (maxMebibytes * MEBIBYTE) / 2;
    this.checkpointBytes = await this.checkpoint.tidy({ before, maxBytes }, this.restored);
    this.tidiedAt = now;
  }

  private async writeCheckpoint(now: number, content: Uint8Array, limits: DumpLimits): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true });
      await this.checkpoint.write(content);
      this.restored = null;
    } finally {
      if (Math.abs(now - this.tidiedAt) >= HOUR_MILLIS) await this.tidyCheckpoints(now, limits);
    }
  }

  private async writeDump({ from, to, events }: Minute, limits: DumpLimits): Promise<void> {
    const checkpoints = this.checkpointBytes / MEBIBYTE;
    const rest = { ...limits, maxMebibytes: Math.max(0, limits.maxMebibytes - checkpoints) };
    // A clock that was set back makes minutes without length, which would take the name of the one before. A millisecond
    // keeps them apart, and what happened in them counts.
    const end = Math.max(to, this.newest + 1);
    if (from === to && !events.some(hasHappened)) return this.dumps.tidy(to, rest);
    await this.dumps.put(end, minuteText({ from, to: end, events }), rest);
    this.newest = end;
  }
}

function hasHappened({ count, errors, breaches }: MinuteEvent): boolean {
  return count + errors + breaches > 0;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(thrownText(error));
}

function isoText({ at }: HistoryPoint): string {
  return new Date(at).toISOString();
}
