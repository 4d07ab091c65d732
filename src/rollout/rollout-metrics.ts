import { Counter, Gauge, type Registry } from 'prom-client';
import type { FamilySpec } from '../contract/families.ts';
import { ROLLOUT_FAMILIES } from '../contract/fleet-families.ts';
import { DECISIONS, PHASES, type RolloutStatus, VERDICTS } from '../contract/rollout.ts';
import type { RolloutController } from './rollout-controller.ts';

type FamilyKey = keyof typeof ROLLOUT_FAMILIES;
type Sample = readonly [value: number, ...labels: string[]];

/** Puts the families of the rollout on a registry; each scrape takes them from the controller as it is then. */
export function registerRolloutMetrics(
  registry: Registry,
  controller: RolloutController,
  wallClock: () => number = Date.now,
): void {
  for (const key of Object.keys(ROLLOUT_FAMILIES) as FamilyKey[]) {
    register(registry, ROLLOUT_FAMILIES[key], () => samplesOf(key, controller, wallClock()));
  }
}

function register(
  registry: Registry,
  { name, type, labels, help }: FamilySpec,
  samples: () => Sample[],
): void {
  const configuration = { name, help, labelNames: [...labels], registers: [registry] };
  const named = (values: readonly string[]) =>
    Object.fromEntries(labels.map((label, i) => [label, values[i]]));
  if (type === 'counter') {
    new Counter({
      ...configuration,
      collect() {
        this.reset();
        for (const [value, ...values] of samples()) this.inc(named(values), value);
      },
    });
  } else {
    new Gauge({
      ...configuration,
      collect() {
        this.reset();
        for (const [value, ...values] of samples()) this.set(named(values), value);
      },
    });
  }
}

function samplesOf(key: FamilyKey, controller: RolloutController, now: number): Sample[] {
  switch (key) {
    case 'leader':
      return [[controller.isLeader() ? 1 : 0]];
    case 'storeErrors':
      return [[controller.storeErrors]];
    case 'decisions':
      return DECISIONS.map((decision) => [controller.decisions.get(decision) ?? 0, decision]);
    default: {
      const status = controller.status();
      return status === null ? [] : statusSamples(key, status, now);
    }
  }
}

function statusSamples(
  key: Exclude<FamilyKey, 'leader' | 'storeErrors' | 'decisions'>,
  status: RolloutStatus,
  now: number,
): Sample[] {
  switch (key) {
    case 'info':
      return PHASES.map((phase) => [status.phase === phase ? 1 : 0, phase]);
    case 'step':
      return [[status.step]];
    case 'steps':
      return [[status.stepCount]];
    case 'rate':
      return [[status.samplingRate]];
    case 'stepSeconds':
      return [[Math.max(0, now - status.stepSince) / 1e3]];
    case 'holdSeconds':
      return [[status.holdSeconds]];
    case 'generation':
      return [[status.generation]];
    case 'pods':
      return [
        [status.pods.inStep, 'in_step'],
        [status.pods.total - status.pods.inStep, 'behind'],
      ];
    case 'controlPods':
      return [[status.control.length]];
    case 'gate':
      return status.gates.flatMap(({ gate, verdict }) =>
        VERDICTS.map((one): Sample => [one === verdict ? 1 : 0, gate, one]),
      );
    case 'gateFigure':
      return status.gates.flatMap(({ gate, figure }) => (figure === null ? [] : [[figure, gate]]));
    case 'gateLimit':
      return status.gates.map(({ gate, limit }) => [limit, gate]);
    case 'condition':
      return status.conditions.map(({ type, isTrue }) => [isTrue ? 1 : 0, type]);
  }
}
