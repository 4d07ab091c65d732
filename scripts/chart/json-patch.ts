/** An operation of RFC 6902. */
export interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * What turns one JSON value into another. Lists of the same length are compared element by element; another length replaces the
 * whole list, which is easier to read than elements that move.
 */
export function difference(before: unknown, after: unknown, path = ''): Operation[] {
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => {
      const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!Object.hasOwn(after, key)) return [{ op: 'remove', path: at }];
      if (!Object.hasOwn(before, key)) return [{ op: 'add', path: at, value: after[key] }];
      return difference(before[key], after[key], at);
    });
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, i) => difference(item, after[i], `${path}/${i}`));
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ op: 'replace', path, value: after }];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
