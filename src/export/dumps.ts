import { type Clock, monotonicMillis } from '../contract/clock.ts';
import type { Warn } from '../contract/errors.ts';
import type { Options } from '../contract/options.ts';
import type { Statistics } from '../contract/statistics.ts';
import { DumpDirectory } from './dump-directory.ts';

/** Of the JSON in a dump: raised when a reader of the one before would misread it. */
export const DUMP_SCHEMA_VERSION = 1;

export interface Dump {
  readonly schemaVersion: typeof DUMP_SCHEMA_VERSION;
  readonly pid: number;
  readonly statistics: Statistics;
}

type DumpOptions = Pick<
  Options,
  'exportEnabled' | 'dumpIntervalSeconds' | 'dumpRetentionDays' | 'dumpMaxMebibytes'
>;

export interface DumpWriterSettings {
  readonly directory: string;
  readonly warn: Warn;
  readonly read: () => Statistics;
  /** As they are now: asked for at every dump. */
  readonly options: () => DumpOptions;
  /** Unix milliseconds. Default: the system's. */
  readonly wallClock?: Clock;
}

/** How soon a change of the interval is noticed. */
const LONGEST_WAIT_MILLIS = 5000;

/**
 * Writes the statistics to a directory at an interval, and deletes old ones. Never throws: what cannot be written is
 * reported once, left out, and tried again at the next interval; after a success, the next failure is reported again.
 */
export class DumpWriter {
  private readonly settings: DumpWriterSettings;
  private readonly directory: DumpDirectory;
  private readonly wallClock: Clock;
  private timer: NodeJS.Timeout | undefined;
  private last = 0;
  private isFailing = false;
  private writing: Promise<boolean> | undefined;

  constructor(settings: DumpWriterSettings) {
    this.settings = settings;
    this.directory = new DumpDirectory(settings.directory, 'perf', String(process.pid));
    this.wallClock = settings.wallClock ?? Date.now;
  }

  /** The first dump is due one interval from now. */
  start(): void {
    if (this.timer !== undefined) return;
    this.last = monotonicMillis();
    this.wait();
  }

  /** Writes a last dump. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
    await this.write();
  }

  /** Writes one dump now; false when that failed or the export is switched off. Two never run at once. */
  write(): Promise<boolean> {
    this.writing ??= this.writeOne().finally(() => {
      this.writing = undefined;
    });
    return this.writing;
  }

  private wait(): void {
    const due = this.last + this.settings.options().dumpIntervalSeconds * 1e3;
    const wait = Math.min(LONGEST_WAIT_MILLIS, Math.max(0, due - monotonicMillis()));
    this.timer = setTimeout(() => {
      if (monotonicMillis() >= this.last + this.settings.options().dumpIntervalSeconds * 1e3) {
        this.last = monotonicMillis();
        void this.write();
      }
      this.wait();
    }, wait);
    this.timer.unref();
  }

  private async writeOne(): Promise<boolean> {
    const { directory, options, read, warn } = this.settings;
    const { exportEnabled, dumpRetentionDays, dumpMaxMebibytes } = options();
    if (!exportEnabled) return false;
    try {
      const dump: Dump = { schemaVersion: DUMP_SCHEMA_VERSION, pid: process.pid, statistics: read() };
      const limits = { retentionDays: dumpRetentionDays, maxMebibytes: dumpMaxMebibytes };
      await this.directory.put(this.wallClock(), `${JSON.stringify(dump)}\n`, limits);
      this.isFailing = false;
      return true;
    } catch (error) {
      if (!this.isFailing) {
        const reason = error instanceof Error ? error.message : String(error);
        warn(
          'PERF_DUMP_FAILED',
          `no dump can be written to ${directory}; it is tried again at each interval: ${reason}`,
        );
      }
      this.isFailing = true;
      return false;
    }
  }
}
