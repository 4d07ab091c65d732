import { readFileSync } from 'node:fs';
import type { Warn } from '../contract/errors.ts';
import { type OptionsFile, parseOptionsFile } from './options-file.ts';

/** A mounted ConfigMap changes by a swap of symbolic links, which file events miss: the file is read, and compared. */
const POLL_MILLIS = 500;

/**
 * Follows an options file. A file that is bad or gone leaves the last good one in force and is reported once, until it
 * is good again.
 */
export class OptionsWatch {
  /** The last good file. */
  current: OptionsFile = { generation: 0, options: {}, control: [] };
  /** Whether the file as it is now cannot be used. */
  isBad = false;
  private readonly path: string;
  private readonly warn: Warn;
  private readonly changed: () => void;
  private text: string | undefined;
  private reported: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `path` empty: there is no file, and nothing is followed. */
  constructor(path: string, warn: Warn, changed: () => void) {
    this.path = path;
    this.warn = warn;
    this.changed = changed;
  }

  /** Has read the file for the first time when it returns. */
  start(): void {
    if (this.path === '') return;
    this.look();
    this.timer = setInterval(() => this.look(), POLL_MILLIS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** A file that could not be read is looked at anew when it can be, even if it says what it said before. */
  private read(): string {
    try {
      // Five turns through the thread pool cost the worker thread ten times as much CPU time, twice a second.
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      this.text = undefined;
      throw error;
    }
  }

  private look(): void {
    try {
      const text = this.read();
      if (text === this.text) return;
      this.text = text;
      this.current = parseOptionsFile(text, this.path);
      this.isBad = false;
      this.reported = undefined;
    } catch (error) {
      const { message } = error as Error;
      this.isBad = true;
      if (message === this.reported) return;
      this.reported = message;
      this.warn('PERF_OPTIONS_FILE', `${message}; generation ${this.current.generation} stays in force`);
    }
    this.changed();
  }
}
