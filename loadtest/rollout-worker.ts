import { fileURLToPath } from 'node:url';
import type { RolloutStatus } from '../src/contract/rollout.ts';
import { eventually, freePort, type Started, start } from './processes.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** The aggregation worker, which drives the rollout of a directory over one service. */
export class RolloutWorker {
  private readonly started: Started;
  private readonly url: string;
  private readonly log: string;

  private constructor(started: Started, port: number, log: string) {
    this.started = started;
    this.url = `http://127.0.0.1:${port}`;
    this.log = log;
  }

  /** Resolves when it has decided something. `name` is that of its log. */
  static async start(options: {
    readonly directory: string;
    readonly name: string;
    readonly rolloutDirectory: string;
    readonly target: string;
  }): Promise<RolloutWorker> {
    const { directory, name, rolloutDirectory, target } = options;
    const port = await freePort();
    const started = start(
      process.execPath,
      [
        ...[CLI, 'fleet', '--port', String(port), '--target', `paper-trading=${target}`],
        ...['--rollout', 'directory', '--rollout-directory', rolloutDirectory],
      ],
      { directory, name },
    );
    const worker = new RolloutWorker(started, port, `${name}.log`);
    await eventually('the aggregation worker to lead the rollout', async () => {
      worker.checkIsRunning();
      return (await worker.answer()) ?? undefined;
    });
    return worker;
  }

  async status(): Promise<RolloutStatus> {
    this.checkIsRunning();
    const status = await this.answer();
    if (status === null)
      throw new Error(`the aggregation worker no longer knows the rollout; see ${this.log}`);
    return status;
  }

  async stop(): Promise<void> {
    await this.started.stop();
  }

  private checkIsRunning(): void {
    const { exitCode } = this.started.process;
    if (exitCode !== null) throw new Error(`the aggregation worker ended with ${exitCode}; see ${this.log}`);
  }

  private async answer(): Promise<RolloutStatus | null> {
    const response = await fetch(`${this.url}/stats.json`);
    if (!response.ok) throw new Error(`/stats.json of the aggregation worker answered ${response.status}`);
    return ((await response.json()) as { rollout: RolloutStatus | null }).rollout;
  }
}
