import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './tarball.ts';

const REQUIRED = [
  'LICENSE',
  'README.md',
  'dist/cli.js',
  'dist/index.d.ts',
  'dist/index.js',
  'dist/page/fleet.html',
  'dist/page/index.html',
  'dist/worker.js',
  'package.json',
];
const CODE = /^dist\/(?!demo\/|page\/).+(?<!\.test)\.(js|d\.ts)$/;
const strangers = (files: readonly string[]) =>
  files.filter((file) => !REQUIRED.includes(file) && !CODE.test(file));

const TYPED = `import { EventID, MetricsAggregator, MetricsCollector, MetricsExporter, measureAsync } from 'perf-metrics';
const collector = new MetricsCollector();
const exporter = new MetricsExporter(new MetricsAggregator(collector.buffer));
export const report: () => unknown = () => exporter.exportSummaryReport();
export const work: (n: number) => Promise<number> = measureAsync(EventID.CANDLE_PROCESSING)(async (n: number) => n);
`;
const MISTYPED = `import { EventID } from 'perf-metrics';
export const name: string = EventID.CANDLE_PROCESSING;
`;

describe('the npm package', () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = new Consumer();
  });
  afterAll(() => consumer[Symbol.dispose]());

  it('ships the ESM build with its live page, its types, what npm always adds, and nothing else', () => {
    expect(strangers(consumer.files)).toEqual([]);
    expect(consumer.files).toEqual(expect.arrayContaining(REQUIRED));
  });

  it('ships the types of every module', () => {
    const modules = consumer.files.filter((file) => file.endsWith('.js'));
    expect(consumer.files).toEqual(
      expect.arrayContaining(modules.map((file) => file.replace(/\.js$/, '.d.ts'))),
    );
  });

  it('names a command that is there and starts with Node.js', () => {
    for (const path of Object.values(consumer.manifest().bin)) {
      expect(readFileSync(join(consumer.packageFolder, path), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
    expect(Object.keys(consumer.manifest().bin)).toEqual(['perf-metrics']);
  });

  it.each(['nodenext', 'bundler'])('gives its types to a strict consumer (%s)', (resolution) => {
    expect(compile(consumer, TYPED, resolution)).toEqual({ status: 0, output: '' });
  });

  it('gives types that a wrong use is told by', () => {
    expect(compile(consumer, MISTYPED, 'nodenext').output).toContain('not assignable to type');
  });

  it('is loaded by its name, and loading it starts nothing', () => {
    consumer.write(
      'load.js',
      "import { EventID } from 'perf-metrics';\nconsole.log(EventID.CANDLE_PROCESSING);\n",
    );
    expect(consumer.run('node', 'load.js')).toEqual({ status: 0, output: expect.stringMatching(/^\d+\n$/) });
  });

  it('keeps its inner modules to itself', () => {
    expect(existsSync(join(consumer.packageFolder, 'dist/index.js'))).toBe(true);
    consumer.write('reach.js', "import 'perf-metrics/dist/index.js';\n");
    expect(consumer.run('node', 'reach.js').output).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe('the check of the contents', () => {
  it('finds what does not belong', () => {
    const wrong = [
      'dist/demo/main.js',
      'dist/index.js.map',
      'dist/page/page.js',
      'dist/record/ring.test.js',
      'src/index.ts',
      'test/a.test.ts',
      'dist/.built',
      '.ci/run',
    ];
    expect(
      strangers([...wrong, ...REQUIRED, 'dist/record/ring-buffer.js', 'dist/record/ring-buffer.d.ts']),
    ).toEqual(wrong);
  });
});

function compile(consumer: Consumer, source: string, resolution: string): { status: number; output: string } {
  consumer.write('package.json', '{ "type": "module" }');
  consumer.write('consumer.ts', source);
  return consumer.run(
    'tsc',
    ...['--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--pretty', 'false'],
    ...['--target', 'es2022', '--types', 'node', '--moduleResolution', resolution],
    ...['--module', resolution === 'bundler' ? 'esnext' : resolution, 'consumer.ts'],
  );
}
