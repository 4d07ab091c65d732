interface Value {
  readonly text: string;
  /** One of those that a query finds, never several or all: a matcher `label="$name"` is right. */
  readonly isAnyOne: boolean;
}

/** What Grafana would put into a query, by the variable's name. */
export type VariableValues = ReadonlyMap<string, Value>;

export interface Filled {
  readonly text: string;
  /** Names of variables that nobody declares. They stay in the text, as Grafana leaves them. */
  readonly undeclared: readonly string[];
}

/** Grafana's own: of a dashboard that shows the last hour, with a point each 15 s. */
const BUILT_IN: Readonly<Record<string, string>> = {
  __interval: '15s',
  __interval_ms: '15000',
  __rate_interval: '1m',
  __rate_interval_ms: '60000',
  __range: '1h',
  __range_s: '3600',
  __range_ms: '3600000',
  __searchFilter: '',
};

const ANYTHING = '.*';
const ALL = '$__all';

/** `$name`, `[[name]]`, `[[name:format]]`, `${name}`, `${name.field:format}`: the pattern that Grafana itself uses. */
const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::\w+)?\]\]|\$\{(\w+)(?:\.[^:^}]+)?(?::[^}]+)?\}/g;

/** `label="` right before a reference that is all of the matcher's value. */
const EQUALS = /(?<![=!~<>])=\s*"$/;

/**
 * Puts values in place of Grafana's variables. One of a query becomes `.*`. Where it stands for one value only, a matcher
 * `label="$name"` becomes `label=~".*"`; where it may stand for all, that matcher finds nothing, as in Grafana.
 */
export function fillVariables(text: string, values: VariableValues): Filled {
  const undeclared = new Set<string>();
  let filled = '';
  let rest = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [reference, ...names] = match;
    const name = names.find((one) => one !== undefined) ?? '';
    const variable = values.get(name);
    const value = variable?.text ?? (Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined);
    if (value === undefined) undeclared.add(name);
    filled += text.slice(rest, match.index);
    rest = match.index + reference.length;
    if (variable?.isAnyOne && text[rest] === '"') filled = filled.replace(EQUALS, '=~"');
    filled += value ?? reference;
  }
  return { text: filled + text.slice(rest), undeclared: [...undeclared] };
}

/** A variable of a dashboard, as far as its value goes. */
interface Variable {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly query?: unknown;
  readonly current?: { readonly value?: unknown };
  readonly allValue?: unknown;
  readonly includeAll?: unknown;
  readonly multi?: unknown;
}

/** What each variable of a dashboard stands for: all of its values, or for one that is typed or picked, its first. */
export function variableValues(variables: readonly Variable[]): VariableValues {
  return new Map(
    variables.map((variable) => {
      const { name, type, includeAll, multi } = variable;
      const isAnyOne = type === 'query' && includeAll !== true && multi !== true;
      return [String(name), { text: standIn(variable), isAnyOne }];
    }),
  );
}

function standIn({ type, query, current, allValue }: Variable): string {
  const all = typeof allValue === 'string' && allValue !== '' ? allValue : ANYTHING;
  // What a query finds is not known here.
  if (type === 'query' || type === 'datasource') return all;
  const chosen = [current?.value].flat().filter((value) => typeof value === 'string' && value !== '');
  if (chosen.includes(ALL)) return all;
  if (chosen.length > 0) return chosen.join('|');
  return typeof query === 'string' && query !== '' ? firstChoice(query) : all;
}

/** Of `a, b` or `text : a, text : b`; a comma with a backslash separates nothing. */
function firstChoice(query: string): string {
  const [first = ''] = query.split(/(?<!\\),/);
  return first
    .replace(/^.*\s:\s/, '')
    .replaceAll('\\,', ',')
    .trim();
}
