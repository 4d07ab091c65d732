/** What a query of the owner's own answered last. */
export interface QueryAnswer {
  readonly name: string;
  /** Unix milliseconds: when it was asked. An answer is counted once, by this. */
  readonly at: number;
  /** Null, or no number, where the query found nothing. */
  readonly value: number | null;
  /** Why there was no answer. */
  readonly error: string | null;
}

export interface QueryScope {
  readonly stepSince: number;
  readonly now: number;
  readonly measured: readonly string[];
  readonly control: readonly string[];
}

/**
 * The query with `$step` as whole seconds since the step began, at least `1s`, and `$measured` and `$control` as regular
 * expressions (RE2, for `=~"…"` in PromQL) that match those instances; of none, one that matches nothing.
 */
export function filledQuery(query: string, scope: QueryScope): string {
  const seconds = Math.max(1, Math.floor((scope.now - scope.stepSince) / 1000));
  return query
    .replaceAll(/\$step\b/g, () => `${seconds}s`)
    .replaceAll(/\$measured\b/g, () => anyOf(scope.measured))
    .replaceAll(/\$control\b/g, () => anyOf(scope.control));
}

/** A backslash is doubled: the expression stands in a quoted PromQL string. Label matchers are anchored by themselves. */
function anyOf(names: readonly string[]): string {
  if (names.length === 0) return '[^\\\\s\\\\S]';
  return names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|"]/g, escaped)).join('|');
}

function escaped(character: string): string {
  return character === '"' ? '\\"' : character === '\\' ? '\\\\\\\\' : `\\\\${character}`;
}
