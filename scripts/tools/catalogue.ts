/** The programs that tests and checks start, pinned: what each is called, which versions fit, how it is installed. */

export type ToolName = 'prometheus' | 'promtool' | 'chromium' | 'node22' | 'node26';

/** How a tool is installed into the cache. `system` tools live where their own installer puts them. */
export type Recipe =
  | { kind: 'go'; module: string; tags: string; ldflags: string; takes: string }
  | { kind: 'npm'; spec: string; binary: string }
  | { kind: 'chromium' };

export interface Tool {
  /** File names looked for on PATH. */
  commands: readonly string[];
  /** Matches the output of `command --version` of a version that fits. */
  fits: RegExp;
  version: string;
  recipe: Recipe;
  /** What to do where the recipe cannot work: one command. */
  otherwise: string;
}

/** Prometheus with the one service discovery that its module can be built with, which is the one needed. */
function prometheusTool(command: string): Tool {
  return {
    commands: [command],
    fits: new RegExp(`^${command}, version 3\\.(1[6-9]|[2-9]\\d)\\.`, 'm'),
    version: '3.16.0',
    recipe: {
      kind: 'go',
      module: `github.com/prometheus/prometheus/cmd/${command}@v0.316.0`,
      tags: 'remove_all_sd,enable_kubernetes_sd',
      ldflags: '-X github.com/prometheus/common/version.Version=3.16.0',
      takes: 'about 4 minutes the first time',
    },
    otherwise: 'make tools   (it needs Go: see go.dev/doc/install)',
  };
}

/** The npm registry's Node.js packages: one a platform, and not every version on each. */
function nodeTool(major: number, fits: RegExp, version: string, appleVersion: string): Tool {
  const apple = process.platform === 'darwin' && process.arch === 'arm64';
  const packageName = `${apple ? 'node-bin' : 'node'}-${process.platform}-${process.arch}`;
  const pinned = apple ? appleVersion : version;
  return {
    commands: ['node', `node${major}`],
    fits,
    version: pinned,
    recipe: {
      kind: 'npm',
      spec: `${packageName}@${pinned}`,
      binary: `node_modules/${packageName}/bin/node`,
    },
    otherwise: `make tools   (or put a Node.js ${major} on PATH as node${major})`,
  };
}

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  prometheus: prometheusTool('prometheus'),
  promtool: prometheusTool('promtool'),
  chromium: {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    fits: /^(Chromium|Google Chrome) (1[2-9]\d|[2-9]\d\d)\./m,
    version: '120 or later',
    recipe: { kind: 'chromium' },
    otherwise:
      process.platform === 'linux'
        ? 'sudo apt-get install -y chromium'
        : 'npx playwright-core install chromium',
  },
  // The oldest version that package.json's `engines` admits, and the newest line.
  node22: nodeTool(22, /^v22\.(1[89]|[2-9]\d)\./m, '22.18.0', '22.23.2'),
  node26: nodeTool(26, /^v26\./m, '26.6.0', '26.10.0'),
};
