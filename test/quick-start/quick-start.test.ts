import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** The TypeScript block below the heading. */
async function readmeExample(heading: string): Promise<string> {
  const readme = await readFile(`${ROOT}/README.md`, 'utf8');
  const section = readme.split(`\n## ${heading}\n`)[1] ?? '';
  const code = /```ts\n([\s\S]*?)```/.exec(section)?.[1];
  if (code === undefined) throw new Error(`README.md has no TypeScript block below "${heading}"`);
  return code;
}

/** Lowers decorators as tsc does, and lets the package find itself by its own name: the file lies inside of it. */
async function runExample(source: string): Promise<string> {
  const directory = await mkdtemp(`${ROOT}/.cache-example-`);
  try {
    const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'es2022' });
    await writeFile(`${directory}/example.mjs`, code);
    const { stdout } = await run(process.execPath, [`${directory}/example.mjs`], {
      env: { ...process.env, PERF_PORT: '0' },
      timeout: 60_000,
    });
    return stdout;
  } finally {
    await rm(directory, { recursive: true });
  }
}

it("the README's quick start runs as it stands, and prints the report of what it measured", async () => {
  const output = await runExample(await readmeExample('Quick start'));

  expect(output).toContain('candle_processing');
  expect(output).toContain('signal_generation');
  expect(output).toContain('order_execution');
  expect(output).toMatch(/P99\.9/);
});

it("the README's ten lines print quantiles and breaches", async () => {
  const output = await runExample(await readmeExample('In ten lines'));

  const [, p999] = /p50: 0\.\d+,\s+p95: 0\.\d+,\s+p99: 0\.\d+,\s+p999: (0\.\d+)/.exec(output) ?? [];
  const [, breaches] = /(\d+) of 1000 over 0\.05 s/.exec(output) ?? [];
  // Five sleeps of 60 ms, over an SLA of 50; a busy machine may make more of them late.
  expect(Number(p999)).toBeGreaterThan(0.05);
  expect(Number(breaches)).toBeGreaterThanOrEqual(5);
});
