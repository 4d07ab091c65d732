import type { Distribution, WindowName } from '../contract/statistics.ts';

/** The windows of the contract, and the time since start. */
export type WindowChoice = WindowName | 'start';
export const WINDOW_CHOICES = ['1s', '5s', '1m', 'start'] as const satisfies readonly WindowChoice[];
export const WINDOW_LABELS: Readonly<Record<WindowChoice, string>> = {
  '1s': '1 s',
  '5s': '5 s',
  '1m': '1 m',
  start: 'since start',
};

/** What the windows and the time since start held. */
export interface Measured extends Distribution {
  readonly windows: Readonly<Record<WindowName, Distribution>>;
}

export function distribution(event: Measured, window: WindowChoice): Distribution {
  return window === 'start' ? event : event.windows[window];
}

export type YScale = 'log' | 'linear';

/** What the reader is looking at. Kept in the address, so that a link or a reload shows the same. */
export interface Choices {
  readonly window: WindowChoice;
  /** The event's name; `null` means the first. */
  readonly event: string | null;
  readonly scale: YScale;
}

export function readChoices(hash: string): Choices {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const window = WINDOW_CHOICES.find((choice) => choice === given.get('window')) ?? '5s';
  return { window, event: given.get('event'), scale: given.get('scale') === 'linear' ? 'linear' : 'log' };
}

export function writeChoices({ window, event, scale }: Choices): string {
  const parts = new URLSearchParams({ window, scale });
  if (event !== null) parts.set('event', event);
  return `#${parts}`;
}
