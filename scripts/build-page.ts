/**
 * `node scripts/build-page.ts [OUTPUT]`: bundles src/page into one self-contained HTML file, which the worker thread
 * serves from memory. index.html marks where the parts go with `<!-- css -->` and `<!-- js -->`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = process.argv[2] ?? join(root, 'dist/page/index.html');
const uplotCss = join(root, 'node_modules/uplot/dist/uPlot.min.css');

const sources = {
  html: join(root, 'src/page/index.html'),
  css: join(root, 'src/page/page.css'),
  script: join(root, 'src/page/page.ts'),
};
for (const path of Object.values(sources)) if (!existsSync(path)) fail(`${path} is missing`);

const css = await bundle({ contents: `@import '${uplotCss}';\n@import '${sources.css}';`, loader: 'css' });
const script = await bundle({ contents: `import '${sources.script}';`, loader: 'ts' });

let html = readFileSync(sources.html, 'utf8');
// Replacements are functions, since `$&` and its like in a bundle are text; an end tag inside a part would end it early.
html = fill(html, '<!-- css -->', `<style>\n${css.replace(/<\/(style)/gi, '<\\/$1')}</style>`);
html = fill(html, '<!-- js -->', `<script>\n${script.replace(/<\/(script)/gi, '<\\/$1')}</script>`);

mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, html);

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

function fill(page: string, marker: string, part: string): string {
  if (page.split(marker).length !== 2) fail(`${sources.html} must hold ${marker} exactly once`);
  return page.replace(marker, () => part);
}

function fail(message: string): never {
  console.error(`build-page: ${message}`);
  process.exit(1);
}
