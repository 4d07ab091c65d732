import { monotonicMillis } from '../contract/clock.ts';

/** Shorter work needs no word. */
const QUIET_MILLIS = 2000;
const STEP_MILLIS = 200;

export interface Progress {
  /** To be called often; says something now and then. */
  show(done: number, files: number): void;
  /** Takes away what was said. To be called before anything else is printed. */
  clear(): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** One line that tells how far reading has come, on a terminal only, and only when it takes longer than 2 s. */
export function progressOn(stream: ProgressStream, clock = monotonicMillis): Progress {
  let due = clock() + QUIET_MILLIS;
  let isShown = false;
  return {
    show(done, files) {
      if (stream.isTTY !== true || clock() < due) return;
      due = clock() + STEP_MILLIS;
      isShown = true;
      stream.write(`\r\x1b[K${done} of ${files} files read (${Math.floor((done / files) * 100)} %)`);
    },
    clear() {
      if (isShown) stream.write('\r\x1b[K');
      isShown = false;
    },
  };
}
