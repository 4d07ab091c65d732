import { transform } from 'esbuild';
import { defineConfig } from 'vitest/config';

/** Node runs neither standard decorators nor `using`; vitest leaves both as they are. esbuild lowers them. */
const lowerSyntax = {
  name: 'lower-decorators-and-using',
  enforce: 'pre' as const,
  async transform(source: string, id: string) {
    const [file = ''] = id.split('?');
    if (!file.endsWith('.ts') || file.includes('/node_modules/')) return null;
    const { code, map } = await transform(source, {
      loader: 'ts',
      target: 'es2022',
      sourcefile: file,
      sourcemap: true,
    });
    return { code, map };
  },
};

/** Tests that need a Kubernetes cluster and the image in it: `make e2e`. */
const E2E = ['test/e2e/**/*.test.ts'];
/** The one that measures seconds until an alert arrives: before the others, by itself. */
const INSTALL = ['test/e2e/install.test.ts'];

/** Tests that start other programs (Prometheus, Helm, Chromium, other Nodes, npm): one file at a time, after the rest. */
const SYSTEM = [
  'test/{chart,prometheus,page,node-versions,package}/**/*.test.ts',
  'test/verify/stack/**/*.test.ts',
  'test/grafana/queries.test.ts',
];

// Explicit orders from 1 up: on two cores vitest moves projects of the default order 0 to the end.
export default defineConfig({
  plugins: [lowerSyntax],
  test: {
    execArgv: ['--expose-gc'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...SYSTEM, ...E2E],
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: SYSTEM,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-install',
          include: INSTALL,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: E2E,
          exclude: INSTALL,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // They wait more than they work.
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
