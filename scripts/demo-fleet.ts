/**
 * `make demo-fleet`: six paper-trading processes, the aggregation worker over them, and a sampling rollout with short holds.
 * DEMO_SECONDS stops it by itself; DEMO_FAULTS=1 lets one of the processes be slowed down (POST /faults at 9471 to 9476);
 * DEMO_OVERHEAD_MICROS=150 makes measuring too dear, so that a gate fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEMO = fileURLToPath(new URL('../dist/demo/main.js', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const PROCESSES = 6;
const FIRST_PORT = 9471;
const SPEC = `# Holds of seconds; six processes on one machine tell little of CPU time, so that the cohort's limits are wide.
baseline: { hold: 15s }
steps:
  - { samplingRate: 0.1, hold: 30s }
  - { samplingRate: 0.5, hold: 30s }
  - { samplingRate: 1, hold: 30s }
control: { minPods: 2 }
gates: { maxOverheadRatio: 0.02, maxCpuIncreaseRatio: 0.5, maxLoopDelayIncrease: 20ms, maxComplianceDrop: 0.2, maxErrorIncrease: 0.2 }
limits: { minEvents: 50 }
`;

const directory = mkdtempSync(join(tmpdir(), 'perf-metrics-fleet-'));
writeFileSync(join(directory, 'spec.yaml'), SPEC);

const ports = Array.from({ length: PROCESSES }, (_, i) => FIRST_PORT + i);
const { DEMO_SECONDS, ...environment } = process.env;
const traders = ports.map((port, i) =>
  start([DEMO], 'ignore', {
    PERF_INSTANCE: `trader-${i + 1}`,
    PERF_PORT: String(port),
    PERF_ENABLED: 'false',
    PERF_OPTIONS_FILE: join(directory, 'options.yaml'),
    DEMO_RATE: '20',
    DEMO_SEED: String(i + 1),
  }),
);
const fleet = start(
  [
    CLI,
    'fleet',
    ...ports.flatMap((port) => ['--target', `paper-trading=http://127.0.0.1:${port}`]),
    ...['--rollout', 'directory', '--rollout-directory', directory],
    ...['--history-directory', join(directory, 'history')],
  ],
  'inherit',
  {},
);
console.log(`perf-metrics demo: ${PROCESSES} paper-trading processes and the aggregation worker
  live page   http://127.0.0.1:9465/
  rollout     node dist/cli.js rollout status --state-dir ${directory}
  stop        Ctrl-C`);

const stop = (): void => void fleet.kill();
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
if (DEMO_SECONDS !== undefined) setTimeout(stop, Number(DEMO_SECONDS) * 1e3);
fleet.on('exit', (code) => {
  for (const trader of traders) trader.kill();
  rmSync(directory, { recursive: true, force: true });
  process.exit(code ?? 0);
});

function start(args: string[], stdout: 'ignore' | 'inherit', more: NodeJS.ProcessEnv): ChildProcess {
  // The terminal's Ctrl-C goes to the fleet through this process, so that it ends in order.
  return spawn(process.execPath, args, {
    env: { ...environment, ...more },
    stdio: ['ignore', stdout, 'inherit'],
    detached: true,
  });
}
