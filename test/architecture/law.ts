import { posix } from 'node:path';
import { type Reference, referencesOf } from './imports.ts';

/** The import law: a folder imports those to its left, never one within its own braces. */
export const LAYERS: readonly (readonly string[])[] = [
  ['contract'],
  ['sketch', 'control'],
  ['state'],
  ['record', 'aggregate', 'health', 'export', 'kubernetes'],
  ['api', 'fleet', 'rollout', 'verify'],
  ['commands'],
  ['index.ts', 'cli.ts', 'worker.ts', 'demo'],
];

/** The demo is a user of the public API; that is the only import between members of a layer. */
const WITHIN_LAYER: readonly string[] = ['demo -> index.ts'];

/** Browser code: it is bundled apart, and knows the rest by type alone. */
const PAGE = 'page';
const PAGE_PACKAGES: readonly string[] = ['uplot'];

export const ENTRY_POINTS: readonly string[] = [
  'index.ts',
  'cli.ts',
  'worker.ts',
  'demo/main.ts',
  'page/fleet.ts',
  'page/page.ts',
];

/** Sources by their path below src/, with forward slashes. */
export type Sources = Readonly<Record<string, string>>;

interface Edge extends Reference {
  from: string;
  /** The file below src/ that is meant, or undefined for a package or a Node module. */
  to: string | undefined;
}

export function edgesOf(sources: Sources): Edge[] {
  return Object.entries(sources).flatMap(([from, source]) =>
    referencesOf(source).map((reference) => ({ ...reference, from, to: target(from, reference) })),
  );
}

function target(from: string, { specifier, kind }: Reference): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(from), specifier);
  return kind === 'url' ? path.replace(/\.js$/, '.ts') : path;
}

/** One line for each import that the law forbids. */
export function lawViolations(sources: Sources): string[] {
  const unplaced = new Set(Object.keys(sources).map(memberOf).filter(isUnplaced));
  return [
    ...[...unplaced].map((member) => `src/${member} has no place in LAYERS`),
    ...edgesOf(sources).flatMap((edge) => forbidden(edge, sources) ?? []),
  ];
}

function forbidden(edge: Edge, sources: Sources): string | undefined {
  const { from, to, specifier, kind } = edge;
  if (kind === 'url') return undefined;
  if (to === undefined) {
    const isForeign = memberOf(from) === PAGE && !PAGE_PACKAGES.includes(specifier);
    return isForeign ? `${from} imports ${specifier}: the page runs in a browser` : undefined;
  }
  if (!Object.hasOwn(sources, to)) return `${from} imports ${specifier}: src/ has no such file`;
  const [source, destination] = [memberOf(from), memberOf(to)];
  if (source === destination || isUnplaced(source) || isUnplaced(destination)) return undefined;
  if (source === PAGE) {
    if (destination !== 'contract') return `${from} imports ${to}: the page may import only contract`;
    return kind === 'type' ? undefined : `${from} imports ${to}: the page may import only its types`;
  }
  if (layerOf(destination) < layerOf(source)) return undefined;
  if (WITHIN_LAYER.includes(`${source} -> ${destination}`)) return undefined;
  return `${from} imports ${to}: ${destination} is not to the left of ${source}`;
}

function memberOf(file: string): string {
  return file.split('/', 1)[0] as string;
}

function isUnplaced(member: string): boolean {
  return member !== PAGE && layerOf(member) === -1;
}

/** Nothing imports the page, so it stands to the right of everything. */
function layerOf(member: string): number {
  return member === PAGE ? LAYERS.length : LAYERS.findIndex((layer) => layer.includes(member));
}

/** Each import cycle once, as `a.ts -> b.ts -> a.ts`; imports of types count. */
export function cycles(sources: Sources): string[] {
  const imports = neighbours(edgesOf(sources).filter(({ kind }) => kind !== 'url'));
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of Object.keys(sources)) walk(file, []);
  return found;
}

/** Files that no entry point reaches, and entry points that do not exist. */
export function deadFiles(sources: Sources, entryPoints = ENTRY_POINTS): string[] {
  const imports = neighbours(edgesOf(sources));
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const next of imports.get(file) ?? []) walk(next);
  };
  for (const entry of entryPoints) walk(entry);
  return [
    ...entryPoints.filter((entry) => !Object.hasOwn(sources, entry)).map((entry) => `${entry} is missing`),
    ...Object.keys(sources).filter((file) => !reached.has(file)),
  ];
}

function neighbours(edges: readonly Edge[]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const { from, to } of edges) if (to !== undefined) map.set(from, [...(map.get(from) ?? []), to]);
  return map;
}
