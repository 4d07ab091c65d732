import { parse } from 'yaml';
import { optionsDocument } from './plan/options-document.ts';

/**
 * The options file that disables every pod, in place of one whose generation it follows, where there is no status that it
 * could derive from. Null when pods are disabled already.
 */
export function disablingDocument(current: string | null): string | null {
  const { generation, enabled } = parsed(current);
  if (enabled === false) return null;
  const last = Number.isSafeInteger(generation) ? Number(generation) : 0;
  return optionsDocument({ generation: last + 1, samplingRate: 0, control: [] });
}

/** Nothing of what cannot be read: it is replaced. */
function parsed(text: string | null): { readonly generation?: unknown; readonly enabled?: unknown } {
  try {
    const content: unknown = parse(text ?? '', { logLevel: 'silent' });
    return typeof content === 'object' && content !== null ? content : {};
  } catch {
    return {};
  }
}
