import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../../contract/clock.ts';

const compress = promisify(gzip);

/** What a path answers, as bytes: rendered once, compressed once, sent to everyone. */
export class Body {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  private compressed: Promise<Uint8Array> | undefined;

  constructor(type: string, content: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) {
    this.type = type;
    this.bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.headers = headers;
  }

  gzipped(): Promise<Uint8Array> {
    this.compressed ??= compress(this.bytes);
    return this.compressed;
  }
}

/** Keeps what was rendered until it is cleared or too old, however many ask for it. Nothing is rendered that nobody asks for. */
export class RoundBodies {
  private readonly bodies = new Map<string, Promise<Body>>();
  private readonly clock: Clock;
  private readonly maxAgeMillis: number;
  private clearedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, maxAgeMillis: number) {
    this.clock = clock;
    this.maxAgeMillis = maxAgeMillis;
  }

  clear(): void {
    this.bodies.clear();
    this.clearedAt = this.clock();
  }

  get(key: string, render: () => Body | Promise<Body>): Promise<Body> {
    if (this.clock() - this.clearedAt > this.maxAgeMillis) this.clear();
    const kept = this.bodies.get(key);
    if (kept !== undefined) return kept;
    const made = (async () => render())();
    this.bodies.set(key, made);
    return made;
  }
}
