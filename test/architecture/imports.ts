import { parseAst } from 'vitest/node';

/** How one file names another: with an import that runs, one that only the type checker sees, or as `new URL`. */
export interface Reference {
  specifier: string;
  kind: 'value' | 'type' | 'url';
}

type SyntaxNode = Record<string, unknown> & { type: string };

/** Every module that a TypeScript source names, from its syntax tree: comments and strings cannot deceive it. */
export function referencesOf(source: string): Reference[] {
  const found: Reference[] = [];
  visit(parseAst(source, { lang: 'ts' }), (node) => {
    const reference = referenceOf(node);
    if (reference) found.push(reference);
  });
  return found;
}

function referenceOf(node: SyntaxNode): Reference | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return named(node.source, isTypeOnly(node) ? 'type' : 'value');
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return named(node.source, isTypeOnly(node) ? 'type' : 'value');
    case 'ImportExpression':
      return named(node.source, 'value') ?? computed('import()');
    case 'TSImportType':
      return named(node.source ?? node.argument, 'type');
    case 'NewExpression':
      return urlReference(node);
    default:
      return undefined;
  }
}

/** `import type …`, and `import { type A, type B } …` too; a bare `import '…'` runs the module. */
function isTypeOnly({ importKind, exportKind, specifiers }: SyntaxNode): boolean {
  if (importKind === 'type' || exportKind === 'type') return true;
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every(
    (specifier: SyntaxNode) => (specifier.importKind ?? specifier.exportKind) === 'type',
  );
}

/** `new URL('./worker.ts', import.meta.url)`: a program started by its address, no import. */
function urlReference({ callee, arguments: args }: SyntaxNode): Reference | undefined {
  if ((callee as SyntaxNode).name !== 'URL' || !Array.isArray(args) || args.length !== 2) return undefined;
  const base = args[1] as SyntaxNode;
  const isOwnAddress =
    base.type === 'MemberExpression' && (base.object as SyntaxNode | undefined)?.type === 'MetaProperty';
  return isOwnAddress ? named(args[0], 'url') : undefined;
}

function named(source: unknown, kind: Reference['kind']): Reference | undefined {
  const specifier = (source as { value?: unknown } | null | undefined)?.value;
  return typeof specifier === 'string' ? { specifier, kind } : undefined;
}

function computed(form: string): never {
  throw new Error(`${form} of a computed name hides what is imported`);
}

function visit(node: unknown, seen: (node: SyntaxNode) => void): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, seen);
  } else if (typeof node === 'object' && node !== null) {
    if (typeof (node as SyntaxNode).type === 'string') seen(node as SyntaxNode);
    for (const child of Object.values(node)) visit(child, seen);
  }
}
