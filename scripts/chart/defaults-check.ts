import { Ajv } from 'ajv';
import type { Schema } from './option-schema.ts';
import { type ValueKey, ValuesError } from './values-file.ts';

/**
 * A check of values against the schema, which says what is wrong, a sentence a fault.
 *
 * @throws ValuesError when the schema itself is none: keywords that are unknown, or that their type does not have.
 */
export function validatorOf(schema: Schema): (values: unknown) => string[] {
  const ajv = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: 'log',
    logger: throwing,
  });
  const validate = compiled(ajv, schema);
  return (values) => {
    validate(values);
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const named = params.additionalProperty ?? params.allowedValues;
      const where = instancePath.slice(1).replaceAll('/', '.');
      return `${where}${where && ' '}${message}${named === undefined ? '' : `: ${[named].flat().join(', ')}`}`;
    });
  };
}

const throwing = {
  log: () => undefined,
  warn: (text: unknown) => {
    throw new Error(String(text));
  },
  error: (text: unknown) => {
    throw new Error(String(text));
  },
};

function compiled(ajv: Ajv, schema: Schema): ReturnType<Ajv['compile']> {
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new ValuesError([`an @schema is no JSON Schema: ${(error as Error).message}`]);
  }
}

/** @throws ValuesError naming each default that its own schema refuses. */
export function checkDefaults(keys: readonly ValueKey[], schema: Schema): void {
  const defaults = Object.fromEntries(keys.map(({ path: [name], value }) => [name, value]));
  const faults = validatorOf(schema)(defaults).map(
    (fault) => `the default contradicts its @schema: ${fault}`,
  );
  if (faults.length > 0) throw new ValuesError(faults);
}
