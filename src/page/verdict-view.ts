import type { ConnectionState } from './connection.ts';
import { byId, setAttribute, setText } from './dom.ts';

export interface Verdict {
  readonly state: 'broken' | 'kept' | 'off' | 'unknown';
  readonly text: string;
  /** Of the tab. */
  readonly title: string;
}

/** The one sentence that the page exists for: in its head and in the tab's title. Returns the sentence. */
export function showVerdict({ state, text, title }: Verdict, connection: ConnectionState): string {
  const target = byId('verdict');
  const isStale = (connection === 'silent' || connection === 'frozen') && state !== 'unknown';
  const sentence = isStale ? `Last known: ${text}` : text;
  setAttribute(target, 'data-state', state);
  setText(target, sentence);
  const isGone = connection === 'silent' || connection === 'frozen';
  const shownTitle = isGone ? '⚠ No answer – perf-metrics' : title;
  if (document.title !== shownTitle) document.title = shownTitle;
  return sentence;
}
