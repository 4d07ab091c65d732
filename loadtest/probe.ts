/**
 * Loaded into the demo before it starts (`node --import`): answers its parent with the CPU time used so far, burns a known
 * amount for each request while it is told to, and after each request does a piece of reference work. Node's own events
 * count the requests, so the demo is as it is.
 */
import { subscribe } from 'node:diagnostics_channel';
import { openSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { BootstrapForecast } from '../src/demo/forecast.ts';
import { Random } from '../src/demo/random.ts';

export interface ProbeRequest {
  /** CPU time that each request burns on top from now on, in microseconds. */
  readonly burnMicros: number;
  /** Whether each request is followed by reference work from now on. */
  readonly isReferred: boolean;
}

/** All since the process started; CPU times in microseconds. */
export interface ProbeReading {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
  readonly requests: number;
  /** Without the reference work. */
  readonly mainMicros: number;
  readonly processMicros: number;
  /** Pieces of reference work, and their CPU time. */
  readonly references: number;
  readonly referenceMicros: number;
}

/**
 * What a request does, on a small scale, each about a third of the time: it computes, reads and writes JSON, calls the system. A
 * shared machine slows each of them in its own way, and the reference work as it slows the request. It records nothing, so what
 * measuring costs is not in it.
 */
class ReferenceWork {
  private readonly random = new Random(1, 'reference work');
  private readonly returns = Float64Array.from({ length: 252 }, () => this.random.uint32() / 2 ** 32 - 0.5);
  private readonly forecast = new BootstrapForecast({ paths: 400 });
  private readonly candles = Array.from({ length: 40 }, (_, i) => ({
    symbol: `SYMBOL${i}`,
    date: '2020-01-02',
    close: 100 + i / 3,
    reasons: { rank: i, bands: [i - 0.5, i + 0.5] },
  }));
  private readonly sink = openSync(devNull, 'w');
  private readonly bytes = Buffer.alloc(16);

  run(): void {
    this.forecast.run(this.returns, this.random);
    JSON.parse(JSON.stringify(this.candles));
    for (let i = 0; i < 100; i++) writeSync(this.sink, this.bytes);
  }
}

const reference = new ReferenceWork();
let requests = 0;
let burnMicros = 0;
let isReferred = false;
let references = 0;
let referenceMicros = 0;

subscribe('http.server.request.start', () => {
  requests++;
  if (burnMicros === 0) return;
  // The thread's own CPU clock moves with the kernel's ticks, which are milliseconds apart.
  const end = performance.now() + burnMicros / 1e3;
  while (performance.now() < end);
});

subscribe('http.server.response.finish', () => {
  if (isReferred) setImmediate(refer);
});

process.on('message', (message: ProbeRequest) => {
  ({ burnMicros, isReferred } = message);
  process.send?.(read());
});
// The demo ends when it has nothing left to do, parent or not.
process.channel?.unref();

function refer(): void {
  // Of the request before, told of already.
  if (!isReferred) return;
  const before = cpuMicros().main;
  reference.run();
  referenceMicros += cpuMicros().main - before;
  references++;
}

function read(): ProbeReading {
  const { main, whole } = cpuMicros();
  return {
    at: performance.timeOrigin + performance.now(),
    requests,
    mainMicros: main - referenceMicros,
    processMicros: whole - referenceMicros,
    references,
    referenceMicros,
  };
}

function cpuMicros(): { main: number; whole: number } {
  // In this order: asked for the whole process, the kernel brings the running thread's clock up to date, which otherwise moves by
  // ticks of 4 ms.
  const whole = process.cpuUsage();
  const main = process.threadCpuUsage();
  return { main: main.user + main.system, whole: whole.user + whole.system };
}
