/** The programs that tests and checks start, pinned: what each is called, which versions fit, how it is installed. */

export type ToolName =
  | 'prometheus'
  | 'promtool'
  | 'alertmanager'
  | 'amtool'
  | 'helm'
  | 'kustomize'
  | 'k6'
  | 'prometheus-operator'
  | 'prometheus-config-reloader'
  | 'chromium'
  | 'node22'
  | 'node26';

/** How a tool is installed into the cache. `system` tools live where their own installer puts them. */
export type Recipe =
  | { kind: 'go'; module: string; tags: string; ldflags: string; takes: string }
  /** Built in a copy of its source, with what the module leaves out. */
  | {
      kind: 'go-source';
      module: string;
      package: string;
      replaces: Readonly<Record<string, string>>;
      adds: Readonly<Record<string, string>>;
      ldflags: string;
      takes: string;
    }
  | { kind: 'npm'; spec: string; binary: string }
  | { kind: 'chromium' };

export interface Tool {
  /** File names looked for on PATH. */
  commands: readonly string[];
  /** Matches the output of `command --version` of a version that fits. */
  fits: RegExp;
  version: string;
  recipe: Recipe;
  /** Asks for the version. `--version` where not given. */
  versionArgument?: string;
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

/** The module holds no built page, which belongs to the release; nothing here looks at it. */
function alertmanagerTool(command: string): Tool {
  return {
    commands: [command],
    fits: new RegExp(`^${command}, version 0\\.(3[4-9]|[4-9]\\d)\\.`, 'm'),
    version: '0.34.2',
    recipe: {
      kind: 'go-source',
      module: 'github.com/prometheus/alertmanager@v0.34.2',
      package: `./cmd/${command}`,
      replaces: {},
      adds: { 'ui/app/dist/index.html': '<title>Alertmanager</title>' },
      ldflags: '-X github.com/prometheus/common/version.Version=0.34.2',
      takes: 'about a minute the first time',
    },
    otherwise: 'make tools   (it needs Go: see go.dev/doc/install)',
  };
}

/** Its two companion modules stand in its repository, and in no release of it. */
function operatorTool(command: string, folder: string): Tool {
  const root = 'github.com/prometheus-operator/prometheus-operator';
  return {
    commands: [command],
    fits: /version 0\.(8[5-9]|9\d)\./m,
    version: '0.85.0',
    recipe: {
      kind: 'go-source',
      module: `${root}@v0.85.0`,
      package: `./cmd/${folder}`,
      replaces: {
        [`${root}/pkg/apis/monitoring`]: `${root}/pkg/apis/monitoring@v0.85.0`,
        [`${root}/pkg/client`]: `${root}/pkg/client@v0.85.0`,
      },
      adds: {},
      ldflags: '-X github.com/prometheus/common/version.Version=0.85.0',
      takes: 'about two minutes the first time',
    },
    otherwise: 'node scripts/tools.ts   (it needs Go: see go.dev/doc/install)',
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
  alertmanager: alertmanagerTool('alertmanager'),
  amtool: alertmanagerTool('amtool'),
  helm: {
    commands: ['helm'],
    fits: /v(3\.(1[89]|[2-9]\d)|4\.\d+)\./m,
    version: '4.3.1',
    versionArgument: 'version',
    recipe: {
      kind: 'go',
      module: 'helm.sh/helm/v4/cmd/helm@v4.3.1',
      tags: '',
      ldflags: '-X helm.sh/helm/v4/internal/version.version=v4.3.1',
      takes: 'about 3 minutes the first time',
    },
    otherwise: 'make tools   (or see helm.sh/docs/intro/install)',
  },
  // What `kubectl apply -k` has built in.
  k6: {
    commands: ['k6'],
    fits: /^k6 v1\.([89]|\d\d)\./m,
    version: '1.8.1',
    versionArgument: 'version',
    recipe: {
      kind: 'go',
      module: 'go.k6.io/k6@v1.8.1',
      tags: '',
      ldflags: '',
      takes: 'about a minute the first time',
    },
    otherwise: 'make loadtest   (it needs Go: see go.dev/doc/install; or see k6.io for a binary)',
  },
  kustomize: {
    commands: ['kustomize'],
    fits: /v5\.\d+\./m,
    version: '5.8.1',
    versionArgument: 'version',
    recipe: {
      kind: 'go',
      module: 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.1',
      tags: '',
      ldflags: '-X sigs.k8s.io/kustomize/api/provenance.version=v5.8.1',
      takes: 'about half a minute the first time',
    },
    otherwise: 'make tools   (or see kubectl.docs.kubernetes.io/installation/kustomize)',
  },
  'prometheus-operator': operatorTool('prometheus-operator', 'operator'),
  'prometheus-config-reloader': operatorTool('prometheus-config-reloader', 'prometheus-config-reloader'),
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
