/**
 * `node grafana/build.ts [--check] [DIRECTORY]`: writes the dashboards as the JSON that Grafana is provisioned with, by
 * default into the chart; `--check` only tells what differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dashboardFiles } from './dashboards.ts';

const CHART_FOLDER = fileURLToPath(new URL('../helm/perf-metrics/files/dashboards', import.meta.url));

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' } },
  allowPositionals: true,
});
const [directory = CHART_FOLDER] = positionals;
const wanted = dashboardFiles();
mkdirSync(directory, { recursive: true });
const present = new Map(
  readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
);
const differing = [...new Set([...wanted.keys(), ...present.keys()])].filter(
  (name) => wanted.get(name) !== present.get(name),
);
if (values.check) {
  for (const name of differing) console.error(`${name} is not what grafana/*.ts make; run: make dashboards`);
  if (differing.length > 0) process.exitCode = 1;
} else {
  for (const name of differing) {
    const text = wanted.get(name);
    if (text === undefined) rmSync(join(directory, name));
    else writeFileSync(join(directory, name), text);
  }
  console.log(`dashboards: ${differing.length} files changed`);
}
