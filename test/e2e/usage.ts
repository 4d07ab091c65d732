import { kubectl, kubectlJson } from './cluster.ts';

interface Resources {
  readonly cpu?: string;
  readonly memory?: string;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly resources: { readonly requests?: Resources; readonly limits?: Resources };
    }[];
  };
}

interface Reading {
  readonly atMillis: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

interface Row {
  readonly key: string;
  readonly container: Pod['spec']['containers'][number];
  last: Reading;
  /** Of the time that was looked at. */
  seconds: number;
  cpuSeconds: number;
  maxCores: number;
  maxBytes: number;
}

const MIB = 2 ** 20;

/** What each container of a namespace uses, by the kubelet's own accounts, beside what it asks for. */
export class Usage {
  private readonly namespace: string;
  private readonly rows = new Map<string, Row>();

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** The kubelet looks about every 10 s; the more often this is called, the closer are the highest values. */
  async sample(): Promise<void> {
    const { items } = await kubectlJson<{ items: Pod[] }>('-n', this.namespace, 'get', 'pods');
    const nodes = new Set(items.flatMap(({ spec }) => spec.nodeName ?? []));
    const readings = new Map<string, Reading>();
    for (const node of nodes)
      for (const [key, reading] of await readNode(node, this.namespace)) readings.set(key, reading);
    for (const { metadata, spec } of items) {
      for (const container of spec.containers) {
        const key = `${metadata.name}/${container.name}`;
        const reading = readings.get(key);
        if (reading !== undefined) this.add(key, container, reading);
      }
    }
  }

  private add(key: string, container: Row['container'], now: Reading): void {
    const row = this.rows.get(key);
    if (row === undefined) {
      const none = { seconds: 0, cpuSeconds: 0, maxCores: 0 };
      this.rows.set(key, { key, container, last: now, ...none, maxBytes: now.memoryBytes });
      return;
    }
    const seconds = (now.atMillis - row.last.atMillis) / 1e3;
    const cpuSeconds = now.cpuSeconds - row.last.cpuSeconds;
    // A container that was started again counts from zero.
    if (seconds > 0 && cpuSeconds >= 0) {
      row.seconds += seconds;
      row.cpuSeconds += cpuSeconds;
      row.maxCores = Math.max(row.maxCores, cpuSeconds / seconds);
    }
    row.maxBytes = Math.max(row.maxBytes, now.memoryBytes);
    row.last = now;
  }

  /** Cores and MiB, a container a line. */
  table(): string {
    const head = ['container', 'cores mean', 'max', 'request', 'limit', 'MiB now', 'max', 'request', 'limit'];
    const lines = [...this.rows.values()].map((row) => {
      const { key, container, last, seconds, cpuSeconds, maxCores, maxBytes } = row;
      const { requests, limits } = container.resources;
      return [
        key,
        (seconds > 0 ? cpuSeconds / seconds : 0).toFixed(3),
        maxCores.toFixed(3),
        requests?.cpu ?? '-',
        limits?.cpu ?? '-',
        (last.memoryBytes / MIB).toFixed(0),
        (maxBytes / MIB).toFixed(0),
        requests?.memory ?? '-',
        limits?.memory ?? '-',
      ];
    });
    const widths = head.map((_, column) =>
      Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0)),
    );
    const pad = (line: readonly string[]): string =>
      line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    return [head, ...lines].map(pad).join('\n');
  }
}

async function readNode(node: string, namespace: string): Promise<[string, Reading][]> {
  const { pods } = JSON.parse(await kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`)) as {
    pods: {
      podRef: { name: string; namespace: string };
      containers?: {
        name: string;
        cpu?: { time: string; usageCoreNanoSeconds?: number };
        memory?: { workingSetBytes?: number };
      }[];
    }[];
  };
  return pods
    .filter(({ podRef }) => podRef.namespace === namespace)
    .flatMap(({ podRef, containers = [] }) =>
      containers.map(({ name, cpu, memory }): [string, Reading] => [
        `${podRef.name}/${name}`,
        {
          atMillis: Date.parse(cpu?.time ?? ''),
          cpuSeconds: (cpu?.usageCoreNanoSeconds ?? 0) / 1e9,
          memoryBytes: memory?.workingSetBytes ?? 0,
        },
      ]),
    );
}
