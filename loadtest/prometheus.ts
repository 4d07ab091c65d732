import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensure } from '../scripts/tools/install.ts';
import { eventually, Fatal, freePort, start } from './processes.ts';

const RULES = fileURLToPath(new URL('../prometheus/rules', import.meta.url));
/** Those about a service; there is no stack around this Prometheus. */
const RULE_FILES = ['recording', 'sla', 'burn', 'health', 'measuring', 'fleet'];
/** As the chart has it. */
const INTERVAL = '5s';

export interface PrometheusOptions {
  /** Where its configuration, its log and, while it runs, its data are kept. */
  readonly directory: string;
  readonly name?: string;
  /** `host:port` of each endpoint; instances `engine-0`, `engine-1` … */
  readonly targets: readonly string[];
  readonly alertmanagerPort?: number;
}

export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export interface Prometheus {
  /** Those that are pending or firing now. */
  alerts(): Promise<readonly PrometheusAlert[]>;
  stop(): Promise<void>;
}

/** A real one, with the rules, set up as the chart does. Resolves when it has scraped every target. */
export async function startPrometheus({
  directory,
  name = 'prometheus',
  targets,
  alertmanagerPort,
}: PrometheusOptions): Promise<Prometheus> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const configuration = join(directory, `${name}.json`);
  const data = join(directory, `${name}-data`);
  writeFileSync(configuration, JSON.stringify(configurationOf(targets, alertmanagerPort), null, 1));
  const started = start(
    ensure('prometheus'),
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { directory, name },
  );
  const stop = async (): Promise<void> => {
    await started.stop();
    rmSync(data, { recursive: true, force: true });
  };
  const ask = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { error?: string; data?: T };
    if (answer.data === undefined) throw new Error(`Prometheus: ${answer.error}`);
    return answer.data;
  };
  try {
    await eventually('Prometheus to scrape its targets', async () => {
      if (!started.isRunning)
        throw new Fatal(`Prometheus ended by itself; see ${join(directory, `${name}.log`)}`);
      const { result } = await ask<{ result: unknown[] }>('query?query=perf_start_time_seconds');
      return result.length === targets.length || undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    alerts: async () => (await ask<{ alerts: PrometheusAlert[] }>('alerts')).alerts,
    stop,
  };
}

function configurationOf(targets: readonly string[], alertmanagerPort: number | undefined): object {
  const labels = (i: number): object => ({
    namespace: 'trading',
    service: 'engine',
    instance: `engine-${i}`,
    pod: `engine-${i}`,
  });
  return {
    global: { scrape_interval: INTERVAL, evaluation_interval: INTERVAL, scrape_native_histograms: true },
    rule_files: RULE_FILES.map((file) => join(RULES, `${file}.yaml`)),
    scrape_configs: [
      {
        job_name: 'perf-metrics',
        static_configs: targets.map((target, i) => ({ targets: [target], labels: labels(i) })),
      },
    ],
    ...(alertmanagerPort !== undefined && {
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }],
      },
    }),
  };
}
