/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | number | Markup | readonly Markup[];

/** HTML; what is put into it is escaped, unless it is `Markup` itself. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(strings.map((text, i) => (i === 0 ? '' : textOf(contents[i - 1] ?? '')) + text).join(''));
}

/** HTML as it is; only of text that was made here. */
export function raw(text: string): Markup {
  return new Markup(text);
}

function textOf(content: Content): string {
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string' || typeof content === 'number')
    return escaped(unbroken(withoutNaN(String(content))));
  return content.map(({ text }) => text).join('\n');
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** The sentences of controls are made elsewhere, and some of their figures may be missing. */
function withoutNaN(text: string): string {
  return text.replace(/\bNaN\b( %)?|-?\bInfinity\b( %)?/g, 'unknown');
}

/** A figure and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=(%|ms|µs|s|GiB)(?!\w))/g, '\u00a0');
}
