/**
 * Loaded into the demo before it starts (`node --import`): answers its parent with the CPU time used so far, and burns a
 * known amount for each request while it is told to. Node's own events count the requests, so the demo is as it is.
 */
import { subscribe } from 'node:diagnostics_channel';

export interface ProbeRequest {
  /** CPU time that each request burns on top from now on, in microseconds. */
  readonly burnMicros: number;
}

/** All since the process started; CPU times in microseconds. */
export interface ProbeReading {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
  readonly requests: number;
  readonly mainMicros: number;
  readonly processMicros: number;
}

let requests = 0;
let burnMicros = 0;

subscribe('http.server.request.start', () => {
  requests++;
  if (burnMicros === 0) return;
  // The thread's own CPU clock moves with the kernel's ticks, which are milliseconds apart.
  const end = performance.now() + burnMicros / 1e3;
  while (performance.now() < end);
});

process.on('message', (message: ProbeRequest) => {
  burnMicros = message.burnMicros;
  process.send?.(read());
});
// The demo ends when it has nothing left to do, parent or not.
process.channel?.unref();

function read(): ProbeReading {
  // In this order: asked for the whole process, the kernel brings the running thread's clock up to date, which otherwise moves by
  // ticks of 4 ms.
  const whole = process.cpuUsage();
  const main = process.threadCpuUsage();
  return {
    at: performance.timeOrigin + performance.now(),
    requests,
    mainMicros: main.user + main.system,
    processMicros: whole.user + whole.system,
  };
}
