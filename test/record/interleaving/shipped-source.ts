import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { SHARED_MEMORY_GLOBALS, type SharedBuffer, type View } from './stand-ins.ts';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

/** A change of the shipped text, to show that the exploration finds what it breaks. */
export interface Mutation {
  /** Relative to src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

interface Writer {
  write(start: number, value: number, word: number): void;
  publish(): void;
  setTrace(trace: Uint8Array): boolean;
}

export interface Chunk {
  readonly bytes: View;
  readonly from: number;
  readonly to: number;
  readonly position: number;
}

interface Reader {
  tail: number;
  overwritten: number;
  readonly head: number;
  drain(use: (chunk: Chunk) => void): void;
}

export interface ShippedRing {
  readonly LockFreeRingBuffer: new (shared: SharedBuffer) => Writer;
  readonly RingReader: new (shared: SharedBuffer, chunk: View) => Reader;
}

/**
 * The ring's two sides as shipped in src/, with the shared memory of their scope replaced by stand-ins that turn each
 * access into a step. What the stand-ins do not know, and a mutation whose text is not there, throw.
 */
export async function loadRing(mutations: readonly Mutation[] = []): Promise<ShippedRing> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        export { LockFreeRingBuffer } from './record/ring-buffer.ts';
        export { RingReader } from './aggregate/ring-reader.ts';`,
      resolveDir: SOURCE,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'ring',
    logLevel: 'silent',
    plugins: [mutate(mutations)],
  });
  const names = Object.keys(SHARED_MEMORY_GLOBALS);
  const load = vm.compileFunction(`${outputFiles[0]?.text}; return ring;`, names);
  return load(...Object.values(SHARED_MEMORY_GLOBALS)) as ShippedRing;
}

function mutate(mutations: readonly Mutation[]): Plugin {
  return {
    name: 'mutate',
    setup(builder) {
      for (const { file, from, to } of mutations) {
        const path = `${SOURCE}${file}`;
        const text = readFileSync(path, 'utf8');
        if (text.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`);
        builder.onLoad({ filter: new RegExp(`${file}$`) }, (found) =>
          found.path === path ? { contents: text.replace(from, to), loader: 'ts' } : undefined,
        );
      }
    },
  };
}
