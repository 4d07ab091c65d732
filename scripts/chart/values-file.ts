import { isMap, isScalar, LineCounter, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';

/** A key of values.yaml with what its comments say. */
export interface ValueKey {
  readonly path: readonly string[];
  readonly line: number;
  /** Markdown; its paragraphs are separated by an empty line. */
  readonly description: string;
  /** What `@schema` adds, in JSON Schema's words. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Title that `@section` gave to it and those before it; empty before the first. */
  readonly section: string;
  readonly value: unknown;
  /** Of a mapping in block style. One in flow style, `{a: 1}`, is one value, which its own key describes. */
  readonly children: readonly ValueKey[];
}

/** What is wrong with a values.yaml, one sentence a fault, each with its line. */
export class ValuesError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ValuesError';
    this.faults = faults;
  }
}

interface Comment {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

const COMMENT = /^( *)# ?(.*)$/;

/**
 * The keys of a values.yaml, in its order. Comment lines right above a key, as far in as the key, describe it; among them
 * `@schema {...}` adds keywords to its schema. `@section Title`, not indented, begins a section.
 *
 * @throws ValuesError naming every key that has no description and every `@` line that is not understood.
 */
export function readValues(text: string): ValueKey[] {
  return new ValuesReader(text).keys();
}

class ValuesReader {
  private readonly text: string;
  private readonly lines: readonly string[];
  private readonly counter = new LineCounter();
  private readonly faults: string[] = [];
  /** Lines with `@` that a key has taken. */
  private readonly taken = new Set<number>();
  private readonly sections: { readonly line: number; readonly title: string }[] = [];

  constructor(text: string) {
    this.text = text;
    this.lines = text.split('\n');
  }

  keys(): ValueKey[] {
    const document = parseDocument(this.text, { lineCounter: this.counter });
    if (document.errors.length > 0) throw new ValuesError(document.errors.map(({ message }) => message));
    if (!isMap(document.contents)) throw new ValuesError(['line 1: values.yaml must hold a mapping']);
    this.readSections();
    const keys = this.keysOf(document.contents, document.toJS(), []);
    this.findStrays();
    if (this.faults.length > 0) throw new ValuesError(this.faults);
    return keys;
  }

  private keysOf(
    map: YAMLMap,
    plain: Readonly<Record<string, unknown>>,
    parent: readonly string[],
  ): ValueKey[] {
    return map.items.map((pair) => this.keyOf(pair, plain, parent));
  }

  private keyOf(
    { key, value: node }: Pair,
    plain: Readonly<Record<string, unknown>>,
    parent: readonly string[],
  ): ValueKey {
    if (!isScalar(key) || !key.range)
      throw new ValuesError([`${parent.join('.')}: a key must be a plain text`]);
    const path = [...parent, String(key.value)];
    const value = plain[String(key.value)];
    const { line, col } = this.counter.linePos(key.range[0]);
    const comment = this.commentAbove(line, col - 1, path.join('.'));
    if (comment.description === '')
      this.faults.push(`line ${line}: ${path.join('.')} has no description; write a comment right above it`);
    return {
      ...comment,
      path,
      line,
      section: this.sections.findLast((section) => section.line < line)?.title ?? '',
      value,
      children:
        isMap(node) && node.flow !== true ? this.keysOf(node, value as Record<string, unknown>, path) : [],
    };
  }

  private commentAbove(line: number, indent: number, key: string): Comment {
    const description: string[] = [];
    let schema: Record<string, unknown> = {};
    for (let i = this.firstCommentLine(line, indent); i < line; i++) {
      const text = this.lines[i - 1].trim().replace(/^# ?/, '');
      if (!text.startsWith('@')) description.push(text);
      else if (text.startsWith('@schema ')) {
        this.taken.add(i);
        schema = { ...schema, ...this.parseSchema(text.slice('@schema '.length), i, key) };
      }
    }
    return { description: paragraphs(description), schema };
  }

  private firstCommentLine(line: number, indent: number): number {
    let first = line;
    while (first > 1 && COMMENT.exec(this.lines[first - 2])?.[1].length === indent) first--;
    return first;
  }

  private parseSchema(text: string, line: number, key: string): Record<string, unknown> {
    try {
      const parsed: unknown = parse(text);
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
    } catch {
      // As if it were another kind of value: told below.
    }
    this.faults.push(
      `line ${line}: the @schema of ${key} must be a YAML mapping such as {enum: [a, b]}, got ${text}`,
    );
    return {};
  }

  private readSections(): void {
    this.lines.forEach((text, i) => {
      const title = /^# ?@section +(\S.*)$/.exec(text)?.[1];
      if (title === undefined) return;
      this.sections.push({ line: i + 1, title });
      this.taken.add(i + 1);
    });
  }

  private findStrays(): void {
    this.lines.forEach((text, i) => {
      const annotation = /^ *# ?(@\S*)/.exec(text)?.[1];
      if (annotation === undefined || this.taken.has(i + 1)) return;
      this.faults.push(
        annotation === '@schema'
          ? `line ${i + 1}: no key stands right below this @schema, as far in as the comment`
          : annotation === '@section'
            ? `line ${i + 1}: @section has a title and begins at the start of the line`
            : `line ${i + 1}: there is no ${annotation}; there are @schema {...} and @section Title`,
      );
    });
  }
}

function paragraphs(lines: readonly string[]): string {
  return lines
    .join('\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim().replaceAll('\n', ' '))
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

/** Every key and those below it, parents first. */
export function allKeys(keys: readonly ValueKey[]): ValueKey[] {
  return keys.flatMap((key) => [key, ...allKeys(key.children)]);
}
