import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** One answered request. */
export interface Request {
  /** When it was due, in milliseconds since 1970. */
  readonly dueAt: number;
  /** From then until the answer was there, in milliseconds. */
  readonly latencyMillis: number;
}

const CHUNK_BYTES = 1 << 20;

/** The CSV that k6 goes on writing: what it says of latencies, read as far as it has come. */
export class SampleFile {
  private readonly path: string;
  private readonly samples: Request[] = [];
  private offset = 0;
  private rest = '';

  constructor(path: string) {
    this.path = path;
  }

  /** All requests so far, in the order in which they were due. */
  async read(): Promise<readonly Request[]> {
    const file = await open(this.path);
    try {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, this.offset);
        if (bytesRead === 0) break;
        this.offset += bytesRead;
        this.take(buffer.toString('latin1', 0, bytesRead));
      }
    } finally {
      await file.close();
    }
    return this.samples.sort((a, b) => a.dueAt - b.dueAt);
  }

  /** Leaves it as `.csv.gz`: it has a dozen lines for each request. */
  async compress(): Promise<void> {
    await pipeline(createReadStream(this.path), createGzip(), createWriteStream(`${this.path}.gz`));
    await rm(this.path);
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      // metric_name,timestamp,metric_value,...
      if (!line.startsWith('latency,')) continue;
      const [, micros, value] = line.split(',', 3);
      const latencyMillis = Number(value);
      this.samples.push({ dueAt: Number(micros) / 1e3 - latencyMillis, latencyMillis });
    }
  }
}
