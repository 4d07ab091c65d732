#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { UsageError } from './commands/usage.ts';
import { PerfMetricsError } from './contract/errors.ts';

const HELP = `perf-metrics: always-on tail latency for Node.js services

Usage
  perf-metrics report DIR [--from TIME] [--to TIME] [--service NAME] [--json]
      What the dumps in DIR, of one process or of a fleet, say about a period: counts, percentiles, SLA compliance,
      event by event. TIME is ISO 8601: 2026-08-07, 2026-08-07T10:00Z, 2026-08-07T10:00:00+02:00.

  perf-metrics fleet (--target URL... | --targets-file FILE | --selector LABELS [--namespace NS])
      [--host ADDRESS] [--port PORT] [--history-directory DIR] [--token-file FILE]
      [--rollout kubernetes | --rollout directory --rollout-directory DIR]
      The aggregation worker: merges the percentiles of all pods each second, serves them on port 9465, keeps their
      history, and carries the sampling rollout. The README has the table of all options, which are environment
      variables as well (PERF_FLEET_...).

  perf-metrics rollout status [--json]
  perf-metrics rollout pause | resume | promote | abort [--by NAME] [--wait]
      Looks at the sampling rollout, or asks something of it. Which one: --state-dir DIR, or in Kubernetes
      [--namespace NS] [--name NAME].
  perf-metrics rollout init --state-dir DIR
      Writes the plan that the rollout without Kubernetes follows: 10, 50, 100 %.

  perf-metrics verify [--timeout 60s] [--fleet URL]
      [--prometheus URL [--expect-job NAME...] [--rules DIR...] [--dashboards DIR... [--allow-empty]]]
      [--alertmanager URL [--receiver-port PORT [--receiver-host ADDRESS]]]
      Whether an installation does what it is for: targets are up, rules evaluate, the queries of dashboards return
      data, the Watchdog has reached Alertmanager, and a test alert comes back to a webhook that this opens on
      PORT (alertname PerfTest, routed there by Alertmanager). What helm test runs. Status 0: all holds; 1: not.
      --allow-empty: nothing is measured yet, so queries need only parse.

  perf-metrics ensure-secret --name NAME --key KEY --file PATH [--length 40]
      Writes a key of a Secret in Kubernetes to a file; makes a password and stores it first where there is none.

  perf-metrics --help
  perf-metrics --version
`;

type Command = (args: string[]) => Promise<void>;

const io = { print, warn: complain };

/** Loaded one by one: who wants a report need not have what the fleet is made of. */
const COMMANDS: Readonly<Record<string, Command>> = {
  report: async (args) => (await import('./commands/report.ts')).runReport(args, io),
  fleet: async (args) => (await import('./commands/fleet.ts')).runFleet(args),
  rollout: async (args) => (await import('./commands/rollout.ts')).runRollout(args, io),
  verify: async (args) => {
    const holds = await (await import('./commands/verify.ts')).runVerify(args, io);
    if (!holds) process.exitCode = 1;
  },
  'ensure-secret': async (args) => (await import('./commands/ensure-secret.ts')).runEnsureSecret(args),
};

async function main([command, ...args]: string[]): Promise<void> {
  const asks = new Set([command, ...args]);
  if (asks.has('--help') || asks.has('-h')) return print(HELP);
  if (command === '--version' || command === '-v') return print(`${version()}\n`);
  if (command === undefined) throw new UsageError('say what to do: perf-metrics report DIR, or --help');
  if (!Object.hasOwn(COMMANDS, command))
    throw new UsageError(`there is no command ${JSON.stringify(command)}; see --help`);
  await COMMANDS[command](args);
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function print(text: string): void {
  process.stdout.write(text);
}

function complain(message: string): void {
  process.stderr.write(`perf-metrics: ${message}\n`);
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof PerfMetricsError)) throw error;
  complain(error.message);
  process.exitCode = 2;
}
