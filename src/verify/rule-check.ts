import { parse } from 'yaml';
import { thrownText } from '../contract/errors.ts';
import { type Check, type Finding, fault, ok } from './check.ts';
import { readFiles, type TextFile } from './files.ts';
import type { HttpServer } from './http.ts';

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

interface ExpectedRule {
  readonly group: string;
  readonly rule: string;
  readonly path: string;
}

/** Every rule of Prometheus has been evaluated without an error, and each expected one is loaded. */
export class RuleCheck implements Check {
  readonly name = 'rules';
  private readonly prometheus: HttpServer;
  private readonly expected: readonly ExpectedRule[];

  private constructor(prometheus: HttpServer, expected: readonly ExpectedRule[]) {
    this.prometheus = prometheus;
    this.expected = expected;
  }

  /** @throws Error with a sentence when a rule file cannot be read. */
  static async create(prometheus: HttpServer, directories: readonly string[]): Promise<RuleCheck> {
    const files = await readFiles(directories, ['.yaml', '.yml']);
    return new RuleCheck(prometheus, files.flatMap(rulesOf));
  }

  async look(signal: AbortSignal): Promise<Finding> {
    const { data } = await this.prometheus.json<{ data: { groups: Group[] } }>('/api/v1/rules', signal);
    const { groups } = data;
    if (groups.length === 0)
      return fault(`${this.prometheus.title} has loaded no rules: see rule_files in its configuration`);
    const loaded = new Set(groups.flatMap(({ name, rules }) => rules.map((rule) => keyOf(name, rule.name))));
    const missing = this.expected.filter(({ group, rule }) => !loaded.has(keyOf(group, rule)));
    const unwell = groups.flatMap(({ name, rules }) =>
      rules.filter(isUnwell).map((rule) => sentenceOf(name, rule)),
    );
    const count = groups.reduce((sum, { rules }) => sum + rules.length, 0);
    if (missing.length + unwell.length === 0)
      return ok(`${count} have been evaluated without an error (groups: ${groups.length})`);
    const summary = [
      unwell.length > 0 ? `${unwell.length} of ${count} do not evaluate` : '',
      missing.length > 0 ? `${missing.length} of ${this.expected.length} expected ones are not loaded` : '',
    ];
    return fault(summary.filter((part) => part !== '').join(', and '), [
      ...unwell,
      ...missing.map(
        ({ group, rule, path }) =>
          `${rule} of group ${group} (${path}) is not loaded: see Prometheus's log, and whether its configuration was reloaded`,
      ),
    ]);
  }
}

/** Health is `unknown` until the first evaluation. */
function isUnwell({ health, lastError }: Rule): boolean {
  return health !== 'ok' || Boolean(lastError);
}

function sentenceOf(group: string, { name, health, lastError }: Rule): string {
  const rule = `${name} of group ${group}`;
  if (health === 'unknown') return `${rule} has not been evaluated yet`;
  return `${rule} fails: ${lastError || `its health is ${health}`}; correct its expression`;
}

function rulesOf({ path, text }: TextFile): ExpectedRule[] {
  try {
    const { groups } = parse(text) as {
      groups: { name: string; rules: { record?: string; alert?: string }[] }[];
    };
    return groups.flatMap(({ name, rules }) =>
      rules.map(({ record, alert }) => ({ group: name, rule: String(alert ?? record), path })),
    );
  } catch (error) {
    throw new Error(`${path} is no file of rules: ${thrownText(error)}`);
  }
}

function keyOf(group: string, rule: string): string {
  return JSON.stringify([group, rule]);
}
