/** One line on stderr: what runs, and how long the rest will take, from estimates that each step corrects. */
export class Progress {
  private remainingSeconds: number;
  private pace = 1;

  constructor(estimatedSeconds: number) {
    this.remainingSeconds = estimatedSeconds;
  }

  /** Runs a step that was estimated to take so long. */
  async step<T>(label: string, estimatedSeconds: number, run: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    this.show(label);
    const timer = setInterval(() => this.show(label, (performance.now() - begun) / 1e3), 1000);
    try {
      return await run();
    } finally {
      clearInterval(timer);
      const taken = (performance.now() - begun) / 1e3;
      // A slow machine is slow in what is left, too; a tenth a step keeps one odd step from ruling the estimate.
      this.pace += 0.1 * (taken / estimatedSeconds - this.pace);
      this.remainingSeconds = Math.max(0, this.remainingSeconds - estimatedSeconds);
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    }
  }

  private show(label: string, taken = 0): void {
    const seconds = Math.max(0, this.remainingSeconds * this.pace - taken);
    const minutes = Math.floor(seconds / 60);
    const left = `${minutes}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${left} left · ${label}`);
    else if (taken === 0) process.stderr.write(`bench: ${left} left · ${label}\n`);
  }
}
