import { connect } from 'node:net';

// So many scrapes at once, each on a connection of its own: prints how many were answered and how many connections were
// closed without an answer. Those ask again, until all scrapes are answered or the time is over.
const [port, scrapes, seconds] = process.argv.slice(2).map(Number) as [number, number, number];
const REQUEST = 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const RETRY_MILLIS = 50;
/** The kernel keeps so many connections that nobody has accepted yet, and some more. */
const BATCH = 500;

const deadline = Date.now() + seconds * 1e3;
let answered = 0;
let other = 0;
let refused = 0;

function scrape(): Promise<void> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(REQUEST));
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (text.startsWith('HTTP/1.1 200 ') && text.includes('\nperf_fleet_rounds_total ')) answered++;
      else if (text !== '') other++;
      else refused++;
      if (text !== '' || Date.now() > deadline) resolve();
      else setTimeout(() => resolve(scrape()), RETRY_MILLIS);
    });
  });
}

const began = Date.now();
const all: Promise<void>[] = [];
for (let i = 0; i < scrapes; i++) {
  all.push(scrape());
  if (i % BATCH === BATCH - 1) await new Promise(setImmediate);
}
await Promise.all(all);
const took = (Date.now() - began) / 1e3;
process.stdout.write(`${JSON.stringify({ answered, refused, other, seconds: took })}\n`);
