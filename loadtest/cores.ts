import { cpus } from 'node:os';

/** Busy share of all cores between two readings. */
export class CoreUse {
  private last = reading();

  /** Since the last call. */
  take(): number {
    const now = reading();
    const total = now.total - this.last.total;
    const busy = total === 0 ? 0 : 1 - (now.idle - this.last.idle) / total;
    this.last = now;
    return busy;
  }
}

function reading(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}
