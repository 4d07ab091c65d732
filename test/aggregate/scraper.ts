import { parentPort, workerData } from 'node:worker_threads';

// Another program's part, played by a thread: scrapes until it is told to stop, and reports what it got.
const { url } = workerData as { readonly url: string };
const GAUGE = /^perf_event_loop_stall_seconds\{ring="main"\} (\S+)$/m;
const stalls: number[] = [];
const failures: string[] = [];
let isOver = false;
parentPort?.once('message', () => {
  isOver = true;
});
parentPort?.postMessage('scraping');
while (!isOver) {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(3000) });
    stalls.push(Number(GAUGE.exec(await response.text())?.[1]));
    if (!response.ok) failures.push(String(response.status));
  } catch (error) {
    failures.push(String(error));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
parentPort?.postMessage({ stalls, failures });
