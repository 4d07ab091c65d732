import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderChart, withoutHelm } from '../../scripts/chart/manifests.ts';
import { K8S, outdated, overlayNames, overlayValues, renderK8s } from '../../scripts/chart/render-k8s.ts';
import { differing, kustomized } from './kustomize.ts';

const rendered = renderK8s();
const [firstFile] = Object.keys(rendered.base);

describe('k8s/', () => {
  it('is what `make k8s` renders from the chart', () => {
    expect(outdated(rendered)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'a change',
      { ...rendered.base, [firstFile]: `${rendered.base[firstFile]}# changed\n` },
      `base/${firstFile}`,
    ],
    ['a file that is missing', { ...rendered.base, 'new.yaml': '' }, 'base/new.yaml'],
    [
      'one that is left over',
      Object.fromEntries(Object.entries(rendered.base).filter(([name]) => name !== firstFile)),
      `base/${firstFile}`,
    ],
  ])('would be found out of date after %s', (_what, base, path) => {
    expect(outdated({ ...rendered, base })).toEqual([path]);
  });

  it.each([
    ['base', undefined] as const,
    ...overlayNames().map((name) => [`overlays/${name}`, overlayValues(name)] as const),
  ])('%s, as kubectl applies it, is the chart as Helm renders it', (folder, values) => {
    const wanted = renderChart(values).map(withoutHelm);

    expect(wanted.length).toBeGreaterThan(10);
    expect(differing(kustomized(join(K8S, folder)), wanted)).toEqual([]);
  });

  it('names its namespace nowhere but where a kustomization above can change it', () => {
    const naming = Object.entries(rendered).flatMap(([folder, files]) =>
      Object.entries(files)
        .filter(([, text]) =>
          /\.perf-metrics\b(?!-)|namespace: "?perf-metrics\b/.test(text.replace(/^namespace: .*$/m, '')),
        )
        .map(([name]) => `${folder}/${name}`),
    );

    expect(naming).toEqual([]);
  });
});
