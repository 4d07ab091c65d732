import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The TypeScript files below a folder of the repository, by their path below it, with forward slashes. */
export function typescriptFiles(folder: string): Record<string, string> {
  const base = join(ROOT, folder);
  if (!existsSync(base)) return {};
  const paths = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return Object.fromEntries(
    paths.sort().map((path) => [path.replaceAll('\\', '/'), readFileSync(join(base, path), 'utf8')]),
  );
}
