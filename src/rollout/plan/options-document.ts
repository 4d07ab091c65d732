import type { RolloutStatus } from '../../contract/rollout.ts';

type Document = Pick<RolloutStatus, 'samplingRate' | 'control'>;

/**
 * The options file that pods mount, JSON and so YAML. It derives from the status alone, so that after a crash it can be
 * written again. A rate of 0 is no option's value: pods are disabled instead.
 */
export function optionsDocument(status: Document & Pick<RolloutStatus, 'generation'>): string {
  return `${JSON.stringify({ generation: status.generation, ...content(status) }, null, 2)}\n`;
}

/** Whether pods are told the same, the generation apart. */
export function isSameDocument(a: Document, b: Document): boolean {
  return JSON.stringify(content(a)) === JSON.stringify(content(b));
}

function content({ samplingRate, control }: Document): object {
  return samplingRate > 0 ? { enabled: true, samplingRate, control } : { enabled: false, control };
}
