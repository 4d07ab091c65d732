import { readFile } from 'node:fs/promises';
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
  private isStopped = false;

  /** `path` empty: there is no file, and nothing is followed. */
  constructor(path: string, warn: Warn, changed: () => void) {
    this.path = path;
    this.warn = warn;
    this.changed = changed;
  }

  /** Resolves when the file has been read for the first time. */
  async start(): Promise<void> {
    if (this.path === '') return;
    await this.poll();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async poll(): Promise<void> {
    await this.look();
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.poll(), POLL_MILLIS);
    this.timer.unref();
  }

  /** A file that could not be read is looked at anew when it can be, even if it says what it said before. */
  private async read(): Promise<string> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      this.text = undefined;
      throw error;
    }
  }

  private async look(): Promise<void> {
    try {
      const text = await this.read();
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
