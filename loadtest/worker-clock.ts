import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';

const WORKER_THREAD = 'perf-metrics';

/**
 * CPU time of the library's worker thread, read from outside, so that reading it costs the process nothing. The scheduler counts it to
 * the nanosecond (Linux, Documentation/scheduler/sched-stats.rst); other systems do not tell it by thread.
 */
export class WorkerClock {
  private readonly file: string;

  private constructor(file: string) {
    this.file = file;
  }

  /** Null where the system does not tell. @throws where it does, and the process has no such thread. */
  static of(pid: number): WorkerClock | null {
    if (platform() !== 'linux') return null;
    const tasks = `/proc/${pid}/task`;
    const task = readdirSync(tasks).find(
      (id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').trim() === WORKER_THREAD,
    );
    if (task === undefined) throw new Error(`process ${pid} has no thread ${WORKER_THREAD}`);
    return new WorkerClock(`${tasks}/${task}/schedstat`);
  }

  /** Used so far, in microseconds. */
  micros(): number {
    return Number(readFileSync(this.file, 'utf8').split(' ')[0]) / 1e3;
  }
}
