/** `node scripts/tools.ts [NAME...]`: prints the path of each tool (of all without a name), installing what is missing. */
import { TOOLS, type ToolName } from './tools/catalogue.ts';
import { ensure, ToolMissingError } from './tools/install.ts';

const all = Object.keys(TOOLS) as ToolName[];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(TOOLS, name));
if (unknown.length > 0) {
  console.error(`unknown tool: ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  process.exit(2);
}
try {
  for (const name of asked.length > 0 ? (asked as ToolName[]) : all) console.log(ensure(name));
} catch (error) {
  if (!(error instanceof ToolMissingError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
