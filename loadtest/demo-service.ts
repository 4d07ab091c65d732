import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProbeReading, ProbeRequest } from './probe.ts';
import { eventually, Fatal, freePort, type Started, start } from './processes.ts';
import { WorkerClock } from './worker-clock.ts';

const DEMO = fileURLToPath(new URL('../dist/demo/main.js', import.meta.url));
const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url));

export interface DemoOptions {
  /** Where its log and its options file are kept. */
  readonly directory: string;
  readonly name?: string;
  /** PERF_… and DEMO_… variables. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Even a saturated one answers within a second. */
const PROBE_MILLIS = 30_000;

/** Of `/stats.json`, what the load test reads. */
export interface Stats {
  readonly at: number;
  readonly events: readonly { readonly event: string; readonly count: number }[];
  readonly ring: { readonly recorded: number; readonly aggregated: number; readonly overwritten: number };
  readonly sampling: {
    readonly enabled: boolean;
    readonly ratio: number;
    readonly configGeneration: number;
  };
}

/** The demo's HTTP service in a process of its own, with nothing but what k6 sends to do. */
export class DemoService {
  /** Takes candles. */
  readonly url: string;
  /** The library's endpoint. */
  readonly metricsUrl: string;
  readonly metricsPort: number;
  private readonly started: Started;
  private readonly optionsFile: string;
  private generation = 0;
  private workerClock: WorkerClock | null | undefined;

  private constructor(started: Started, port: number, metricsPort: number, optionsFile: string) {
    this.started = started;
    this.url = `http://127.0.0.1:${port}`;
    this.metricsPort = metricsPort;
    this.metricsUrl = `http://127.0.0.1:${metricsPort}`;
    this.optionsFile = optionsFile;
  }

  /** Resolves when it listens. The options file is `NAME.json` in the directory, unless the environment names another. */
  static async start({ directory, name = 'demo', environment = {} }: DemoOptions): Promise<DemoService> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const optionsFile = join(directory, `${name}-options.json`);
    writeFileSync(optionsFile, '{}');
    const started = start(process.execPath, ['--import', PROBE, DEMO], {
      directory,
      name,
      hasChannel: true,
      environment: {
        DEMO_RATE: '0',
        DEMO_PORT: String(port),
        DEMO_FAULTS: '1',
        PERF_PORT: String(metricsPort),
        PERF_OPTIONS_FILE: optionsFile,
        ...environment,
      },
    });
    const demo = new DemoService(started, port, metricsPort, optionsFile);
    const log = join(directory, `${name}.log`);
    await eventually(`the demo service to answer, whose log is ${log},`, async () => {
      if (!started.isRunning) throw new Fatal(`the demo service ended by itself; see ${log}`);
      const answers = await Promise.all([fetch(`${demo.url}/healthz`), fetch(`${demo.metricsUrl}/readyz`)]);
      return answers.every(({ ok }) => ok) || undefined;
    });
    return demo;
  }

  get isRunning(): boolean {
    return this.started.isRunning;
  }

  async stop(): Promise<void> {
    await this.started.stop();
  }

  /** CPU time and requests so far. From now on each request burns so much more, and is followed by reference work, or not. */
  async probe({ burnMicros = 0, isReferred = false }: Partial<ProbeRequest> = {}): Promise<ProbeReading> {
    const { process: child } = this.started;
    const answer = once(child, 'message', { signal: AbortSignal.timeout(PROBE_MILLIS) });
    child.send({ burnMicros, isReferred } satisfies ProbeRequest);
    try {
      return ((await answer) as [ProbeReading])[0];
    } catch (error) {
      throw new Error(`the demo service did not answer within ${PROBE_MILLIS / 1e3} s`, { cause: error });
    }
  }

  /** CPU time of the library's worker thread so far, in microseconds; NaN where the system does not tell. */
  workerMicros(): number {
    const { pid } = this.started.process;
    if (pid !== undefined) this.workerClock ??= WorkerClock.of(pid);
    return this.workerClock?.micros() ?? Number.NaN;
  }

  /** Puts options into the file that the library follows. @returns the file's generation. */
  writeOptions(options: Readonly<Record<string, unknown>>): number {
    this.generation++;
    writeFileSync(`${this.optionsFile}.new`, JSON.stringify({ generation: this.generation, ...options }));
    renameSync(`${this.optionsFile}.new`, this.optionsFile);
    return this.generation;
  }

  /** The same, and waits until the library follows them. With `exportEnabled: false` it says so by not answering. */
  async setOptions(options: Readonly<Record<string, unknown>>): Promise<void> {
    const generation = this.writeOptions(options);
    await eventually(
      `the options of generation ${generation} to be in force`,
      async () => {
        const wanted = options.exportEnabled === false ? null : generation;
        return (await this.generationInForce()) === wanted || undefined;
      },
      { seconds: 15, everyMillis: 20 },
    );
  }

  /** Null where it does not answer, with `exportEnabled: false`. */
  async generationInForce(): Promise<number | null> {
    const response = await fetch(`${this.metricsUrl}/stats.json`);
    if (response.status === 503) return null;
    return ((await response.json()) as Stats).sampling.configGeneration;
  }

  async stats(): Promise<Stats> {
    const response = await fetch(`${this.metricsUrl}/stats.json`);
    if (!response.ok) throw new Error(`/stats.json answered ${response.status}`);
    return (await response.json()) as Stats;
  }

  /** Delays an event of the pipeline (names: src/demo/faults.ts); 0 ends that. */
  async slowDown(event: string, delayMillis: number): Promise<void> {
    const response = await fetch(`${this.metricsUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event, delay_ms: delayMillis }),
    });
    if (!response.ok) throw new Error(`/faults answered ${response.status}: ${await response.text()}`);
  }
}
