import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Clock } from '../../contract/clock.ts';
import { thrownText } from '../../contract/errors.ts';
import type { FleetHistory, FleetStatistics, HistoryPoint } from '../../contract/fleet.ts';
import { DumpDirectory, type DumpLimits } from '../../export/dump-directory.ts';
import type { Log } from '../log.ts';
import type { Minute } from '../minute.ts';
import { CheckpointFile, type FoundCheckpoint } from './checkpoint-file.ts';
import { minutePoint, roundPoint } from './history-point.ts';
import { minuteText } from './minute-dump.ts';
import { readMinutes } from './minute-reader.ts';
import { RecentPoints } from './recent-points.ts';

const SECOND_MILLIS = 1e3;
const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 86_400_000;
/** A volume that hangs must not have minutes wait in memory without end. */
const MOST_WAITING = 10;

export interface FleetHistorySettings {
  /** Null: the history is kept in memory only, and a restart loses it. */
  readonly directory: string | null;
  /** Between two minutes, as the merge thread sends them. */
  readonly intervalSeconds: number;
  readonly retentionDays: number;
  /** Of all dumps of the directory together, those of other replicas as well. */
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
    const { log, retentionDays } = this.settings;
    const { directory } = disk;
    let checkpoint: FoundCheckpoint | null = null;
    try {
      await mkdir(directory, { recursive: true });
      checkpoint = await disk.checkpoint.read();
      await disk.checkpoint.deleteOthers(this.wallClock() - retentionDays * DAY_MILLIS, checkpoint);
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
  readonly checkpoint: CheckpointFile;
  private readonly dumps: DumpDirectory;

  constructor(directory: string, log: Log) {
    this.directory = directory;
    this.checkpoint = new CheckpointFile(directory, hostname(), log);
    this.dumps = new DumpDirectory(directory, 'fleet', randomBytes(4).toString('hex'));
  }

  /**
   * The checkpoint first: should the process be killed between the two, a minute is missing, which reports tell, while
   * the other way round the next run would begin before the minute and count its events twice.
   */
  async write(minute: Minute, checkpoint: Uint8Array, limits: DumpLimits): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true });
      await this.checkpoint.write(checkpoint);
    } catch (error) {
      // What is too old may be what fills the disk.
      await this.dumps.tidy(minute.to, limits);
      throw error;
    }
    // Taken twice at once: nothing happened between, and the name is that of the one before.
    if (minute.from === minute.to) return;
    await this.dumps.put(minute.to, minuteText(minute), limits);
  }
}

function isoText({ at }: HistoryPoint): string {
  return new Date(at).toISOString();
}
