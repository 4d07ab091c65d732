import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensure } from '../scripts/tools/install.ts';
import { type Started, start } from './processes.ts';
import { type Request, SampleFile } from './sample-file.ts';

export type Script = 'overhead' | 'rollout' | 'sla' | 'stress';

/** What k6 counted in a whole run. */
export interface K6Counts {
  readonly iterations: number;
  readonly requests: number;
  readonly failed: number;
  readonly dropped: number;
}

export interface K6Result extends K6Counts {
  /** In the order in which they were due. */
  readonly samples: readonly Request[];
}

export interface K6Options {
  readonly directory: string;
  /** Of the files that are left: `NAME.csv.gz`, `NAME-summary.json`, `NAME.log`. */
  readonly name: string;
  readonly target: string;
  /** `DURATION` and the like, see options.js. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface K6Run {
  readonly isRunning: boolean;
  /** Ends it early; what was asked until then counts. */
  stop(): void;
  /** What has been answered by now, but for the last second or two, in the order in which it was due. */
  samples(): Promise<readonly Request[]>;
  readonly result: Promise<K6Result>;
}

/** Starts k6, which goes on until its script ends. */
export function startK6(script: Script, { directory, name, target, environment = {} }: K6Options): K6Run {
  const csv = join(directory, `${name}.csv`);
  const summary = join(directory, `${name}-summary.json`);
  const file = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
  const variables = Object.entries({ K6_TARGET: target, ...environment });
  const started = start(
    ensure('k6'),
    [
      'run',
      '--quiet',
      '--no-usage-report',
      ...['--out', `csv=${csv}`, '--summary-export', summary, '--system-tags', ''],
      ...variables.flatMap(([key, value]) => ['-e', `${key}=${value}`]),
      file,
    ],
    { directory, name, environment: { K6_CSV_TIME_FORMAT: 'unix_micro', K6_NO_COLOR: 'true' } },
  );
  const samples = new SampleFile(csv);
  const result = readResult(started, samples, summary);
  // Whoever awaits it is told, however late.
  result.catch(() => undefined);
  return {
    get isRunning() {
      return started.isRunning;
    },
    stop: () => void started.process.kill('SIGINT'),
    samples: () => samples.read(),
    result,
  };
}

export function runK6(script: Script, options: K6Options): Promise<K6Result> {
  return startK6(script, options).result;
}

async function readResult(started: Started, samples: SampleFile, summary: string): Promise<K6Result> {
  const exitCode = await started.ended;
  const text = await readFile(summary, 'utf8').catch(() => {
    throw new Error(
      `k6 ended with ${exitCode} and no summary; see ${summary.replace('-summary.json', '.log')}`,
    );
  });
  const { metrics } = JSON.parse(text) as {
    metrics: Record<string, { count?: number; passes?: number } | undefined>;
  };
  const requests = await samples.read();
  await samples.compress();
  return {
    iterations: metrics.iterations?.count ?? 0,
    requests: metrics.http_reqs?.count ?? 0,
    // A rate: its passes are the requests that failed.
    failed: metrics.http_req_failed?.passes ?? 0,
    dropped: metrics.dropped_iterations?.count ?? 0,
    samples: requests,
  };
}
