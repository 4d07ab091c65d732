import type { Schema } from './option-schema.ts';
import { allKeys, type ValueKey } from './values-file.ts';

/** The values as Markdown: a heading and a table for each section of values.yaml. */
export function valuesTable(keys: readonly ValueKey[], schema: Schema): string {
  const sections = Map.groupBy(keys, ({ section }) => section);
  return [...sections]
    .map(([title, members]) => {
      const rows = allKeys(members).map((key) => row(key, schemaAt(schema, key.path)));
      const table = ['| key | default | |', '| --- | --- | --- |', ...rows].join('\n');
      return title === '' ? table : `### ${title}\n\n${table}`;
    })
    .join('\n\n');
}

function row({ path, value, children, description }: ValueKey, schema: Schema): string {
  const value_ = children.length > 0 ? '' : code(JSON.stringify(value));
  const cells = [
    code(path.join('.')),
    value_,
    [description.replaceAll('\n\n', '<br>'), range(schema)].join(' ').trim(),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll('|  |', '| |');
}

function range({ enum: names, minimum, maximum, default: value }: Schema): string {
  if (Array.isArray(names)) return `One of ${names.map((name) => code(JSON.stringify(name))).join(', ')}.`;
  if (typeof value !== 'number' || minimum === undefined) return '';
  return maximum === undefined ? `From ${minimum}.` : `${minimum} to ${maximum}.`;
}

function schemaAt(schema: Schema, path: readonly string[]): Schema {
  return path.reduce<Schema>((at, key) => (at.properties as Record<string, Schema>)[key] ?? {}, schema);
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
