/**
 * `node scripts/build-page.ts [FOLDER]`: bundles src/page into self-contained HTML files, one for a service and one for the
 * fleet, which are served from memory. Their HTML marks where the parts go with `<!-- css -->` and `<!-- js -->`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

interface PageSources {
  readonly html: string;
  readonly css: string;
  readonly script: string;
}

const PAGES: readonly PageSources[] = [
  { html: 'index.html', css: 'page.css', script: 'page.ts' },
  { html: 'fleet.html', css: 'fleet.css', script: 'fleet.ts' },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src/page');
const folder = process.argv[2] ?? join(root, 'dist/page');
const uplotCss = join(root, 'node_modules/uplot/dist/uPlot.min.css');

mkdirSync(folder, { recursive: true });
for (const page of PAGES) writeFileSync(join(folder, page.html), await selfContained(page));

async function selfContained({ html, css, script }: PageSources): Promise<string> {
  const paths = [html, css, script].map((name) => join(source, name));
  for (const path of paths) if (!existsSync(path)) fail(`${path} is missing`);
  const [page = '', styles, code] = paths;
  const style = await bundle({ contents: `@import '${uplotCss}';\n@import '${styles}';`, loader: 'css' });
  const program = await bundle({ contents: `import '${code}';`, loader: 'ts' });
  // Replacements are functions, since `$&` and its like in a bundle are text; an end tag inside a part would end it early.
  const styled = fill(page, readFileSync(page, 'utf8'), '<!-- css -->', 'style', style);
  return fill(page, styled, '<!-- js -->', 'script', program);
}

async function bundle(input: { contents: string; loader: 'css' | 'ts' }): Promise<string> {
  const result = await build({
    stdin: { ...input, resolveDir: root, sourcefile: `page-entry.${input.loader}` },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    legalComments: 'inline',
    logLevel: 'error',
  }).catch(() => fail('esbuild could not bundle src/page'));
  return result.outputFiles[0]?.text ?? '';
}

function fill(path: string, page: string, marker: string, tag: 'style' | 'script', part: string): string {
  if (page.split(marker).length !== 2) fail(`${path} must hold ${marker} exactly once`);
  const content = part.replace(new RegExp(`</(${tag})`, 'gi'), '<\\/$1');
  return page.replace(marker, () => `<${tag}>\n${content}</${tag}>`);
}

function fail(message: string): never {
  console.error(`build-page: ${message}`);
  process.exit(1);
}
