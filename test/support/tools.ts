import type { ToolName } from '../../scripts/tools/catalogue.ts';
import { locate } from '../../scripts/tools/locate.ts';

const found = new Map<ToolName, string>();

/**
 * The path of a program that `make tools` has installed.
 * @throws when it is absent, naming the command that installs it; a test never skips for want of a tool.
 */
export function toolPath(name: ToolName): string {
  const path = found.get(name) ?? locate(name);
  if (!path) throw new Error(`${name} is not installed; run: make tools`);
  found.set(name, path);
  return path;
}
