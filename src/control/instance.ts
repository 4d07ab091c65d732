import { hostname } from 'node:os';
import type { Options } from '../contract/options.ts';
import { INSTANCE_NAME } from '../contract/snapshot.ts';
import type { OptionsFile } from './options-file.ts';

const MAX_LENGTH = 253;

/** What this process is called: the option `instance`, else the host's name, with `-` for what an instance's may not hold. */
export function instanceOf({ instance }: Pick<Options, 'instance'>, host: string = hostname()): string {
  if (instance !== '') return instance;
  if (host === '') return 'unknown';
  return [...host]
    .map((character) => (INSTANCE_NAME.test(character) ? character : '-'))
    .join('')
    .slice(0, MAX_LENGTH);
}

/** The layer of options that a file holds for an instance: one that its `control` names is disabled, whatever else it says. */
export function optionsFor(instance: string, { options, control }: OptionsFile): Partial<Options> {
  return control.includes(instance) ? { ...options, enabled: false } : options;
}
