// Writes k8s/ from the chart: base from its own values, each overlay from its values.yaml as the difference to base. With
// --check it only says what is out of date.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseFiles, type Files, overlayFiles } from './kustomization.ts';
import { renderChart, withoutHelm } from './manifests.ts';

export const K8S = fileURLToPath(new URL('../../k8s', import.meta.url));

/** The one file of an overlay that people write. */
const VALUES = 'values.yaml';

export function overlayNames(): string[] {
  return readdirSync(join(K8S, 'overlays')).sort();
}

export function overlayValues(overlay: string): string {
  return join(K8S, 'overlays', overlay, VALUES);
}

/** What `make k8s` writes: the files of each folder, by the folder's path below k8s/. */
export function renderK8s(): Readonly<Record<string, Files>> {
  const base = renderChart().map(withoutHelm);
  const overlays = overlayNames().map((overlay) => {
    const wanted = renderChart(overlayValues(overlay)).map(withoutHelm);
    return [`overlays/${overlay}`, overlayFiles(base, wanted, about(`overlays/${overlay}`))] as const;
  });
  return { base: baseFiles(base, about('base')), ...Object.fromEntries(overlays) };
}

function about(folder: string): string {
  const from = folder === 'base' ? "the chart's own values" : `${VALUES} beside it`;
  return `# Written by \`make k8s\` from helm/perf-metrics and ${from}: edit those. How to apply it: k8s/README.md
`;
}

/** The paths below k8s/ that are not what `make k8s` would write: changed, missing or left over. */
export function outdated(rendered = renderK8s()): string[] {
  return Object.entries(rendered).flatMap(([folder, files]) => {
    const present = generatedFiles(folder);
    const names = new Set([...present, ...Object.keys(files)]);
    return [...names]
      .filter(
        (name) => !present.includes(name) || readFileSync(join(K8S, folder, name), 'utf8') !== files[name],
      )
      .map((name) => `${folder}/${name}`);
  });
}

function generatedFiles(folder: string): string[] {
  const path = join(K8S, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name !== VALUES) : [];
}

function write(rendered: Readonly<Record<string, Files>>): void {
  for (const [folder, files] of Object.entries(rendered)) {
    mkdirSync(join(K8S, folder), { recursive: true });
    for (const name of generatedFiles(folder)) rmSync(join(K8S, folder, name));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(K8S, folder, name), text);
  }
}

if (import.meta.main) {
  try {
    const rendered = renderK8s();
    if (!process.argv.includes('--check')) write(rendered);
    for (const path of outdated(rendered)) {
      console.error(`k8s/${path} is not what the chart renders; run: make k8s`);
      process.exitCode = 1;
    }
  } catch (error) {
    // Helm has said what is wrong.
    if (!(error instanceof Error && 'status' in error)) throw error;
    process.exitCode = 1;
  }
}
