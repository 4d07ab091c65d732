import type { Schema } from './option-schema.ts';
import { allKeys, type ValueKey, ValuesError } from './values-file.ts';

/** Draft 7 is what every Helm with schemas understands; later drafts only those since 3.18. */
const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** Kubernetes' quantities: `1` and `500m` alike. */
const quantity: Schema = {
  type: ['string', 'number'],
  pattern: '^[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+|[numkKMGTPE]|[KMGTPE]i)?$',
};
const quantities: Schema = { type: 'object', additionalProperties: quantity };

/** What Kubernetes takes under the names that charts give it: a default tells less. */
const OF_KUBERNETES: Readonly<Record<string, Schema>> = {
  accessModes: {
    type: 'array',
    items: { enum: ['ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod', 'ReadOnlyMany'] },
  },
  image: {
    type: 'object',
    additionalProperties: false,
    properties: {
      repository: { type: 'string', minLength: 1 },
      tag: { type: 'string' },
      digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
      pullPolicy: { type: 'string', enum: ['Always', 'IfNotPresent', 'Never'] },
    },
    required: ['repository', 'tag', 'digest', 'pullPolicy'],
  },
  // Any resource may be named, and one that is null has no request or limit.
  resources: {
    type: 'object',
    additionalProperties: false,
    properties: { requests: quantities, limits: quantities },
  },
  size: { ...quantity, type: 'string' },
};

/** What Helm, or a chart that has this one below it, adds to the values. */
const OF_HELM: Readonly<Record<string, Schema>> = {
  global: { description: 'What a parent chart shares with all its charts. Not read.', type: 'object' },
  enabled: {
    description: 'For the `condition` of a parent chart. This chart by itself is not switched off.',
    const: true,
  },
};

/**
 * The JSON Schema of the values. Mappings admit no key but their own and none of these may be missing; `given` holds the
 * schemas of values that are not derived from their default, by path.
 *
 * @throws ValuesError naming every key of which neither its default nor `@schema` tells the type, and paths of `given` that are no key.
 */
export function schemaOf(keys: readonly ValueKey[], given: Readonly<Record<string, Schema>> = {}): Schema {
  const faults: string[] = [];
  const known = new Set(allKeys(keys).map(({ path }) => path.join('.')));
  for (const path of Object.keys(given))
    if (!known.has(path)) faults.push(`${path} is an option of the program but no key of values.yaml`);
  const { properties, required } = mapping(keys, given, faults);
  if (faults.length > 0) throw new ValuesError(faults);
  return {
    $schema: DRAFT,
    title: 'Values of the chart perf-metrics',
    type: 'object',
    additionalProperties: false,
    properties: { ...properties, ...OF_HELM },
    required,
  };
}

function mapping(
  keys: readonly ValueKey[],
  given: Readonly<Record<string, Schema>>,
  faults: string[],
): { properties: Record<string, Schema>; required: string[] } {
  const name = ({ path }: ValueKey): string => path.at(-1) ?? '';
  return {
    properties: Object.fromEntries(keys.map((key) => [name(key), schemaOfKey(key, given, faults)])),
    required: keys.map(name),
  };
}

function schemaOfKey(key: ValueKey, given: Readonly<Record<string, Schema>>, faults: string[]): Schema {
  const path = key.path.join('.');
  const derived =
    given[path] ??
    OF_KUBERNETES[key.path.at(-1) ?? ''] ??
    (key.children.length > 0
      ? { type: 'object', additionalProperties: false, ...mapping(key.children, given, faults) }
      : schemaOfDefault(key.value, key.schema));
  if (derived === undefined)
    faults.push(
      `line ${key.line}: the default of ${path} does not tell its ${lacking(key.value)}; write it into # @schema`,
    );
  return {
    description: key.description,
    ...derived,
    ...key.schema,
    ...(key.children.length === 0 && { default: key.value }),
  };
}

function lacking(value: unknown): string {
  return Array.isArray(value) ? 'items' : 'type';
}

/** Undefined when neither the default nor the author's keywords tell enough. */
function schemaOfDefault(value: unknown, keywords: Schema): Schema | undefined {
  if ('type' in keywords && !('array' === keywords.type && !('items' in keywords))) return {};
  if (['enum', 'const', 'anyOf', 'oneOf'].some((keyword) => keyword in keywords)) return {};
  if (typeof value === 'string' || typeof value === 'boolean') return { type: typeof value };
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' };
  if (Array.isArray(value)) return 'items' in keywords ? { type: 'array' } : listOf(value);
  if (typeof value === 'object' && value !== null) return mappingOf(Object.entries(value), keywords);
  return undefined;
}

function mappingOf(entries: readonly (readonly [string, unknown])[], keywords: Schema): Schema | undefined {
  if ('properties' in keywords) return { type: 'object', additionalProperties: false };
  if ('additionalProperties' in keywords) return { type: 'object' };
  if (entries.length === 0) return { type: 'object', additionalProperties: { type: 'string' } };
  const properties = entries.map(([key, value]) => [key, schemaOfDefault(value, {})] as const);
  if (properties.some(([, schema]) => schema === undefined)) return undefined;
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties),
    required: entries.map(([key]) => key),
  };
}

function listOf(items: readonly unknown[]): Schema | undefined {
  const schemas = items.map((item) => schemaOfDefault(item, {}));
  const [first] = schemas;
  if (first === undefined || schemas.some((schema) => JSON.stringify(schema) !== JSON.stringify(first)))
    return undefined;
  return { type: 'array', items: first };
}
