import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { baseFiles, overlayFiles } from '../../scripts/chart/kustomization.ts';
import { type Manifest, manifestsOf, withoutHelm } from '../../scripts/chart/manifests.ts';
import { differing, kustomized } from './kustomize.ts';

/** Texts that YAML 1.1 would take for something else, or that a JSON pointer or a patch must escape. */
const trickyText = fc.constantFrom(
  'yes',
  'on',
  '0440',
  '1e3',
  '1_000',
  '5:30',
  '2026-01-01',
  '~',
  '',
  ' a ',
  '# a',
  'a\nb\n',
  'a: b',
  '{{ x }}',
  '$x',
  '%',
  '<<',
);
const text = fc.oneof(trickyText, fc.string({ maxLength: 8, unit: 'grapheme-ascii' }));
const { value, list } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, text, fc.integer(), fc.boolean(), tie('mapping'), tie('list')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  mapping: fc.dictionary(fc.constantFrom('a', 'b', 'on', '0', 'name'), tie('value'), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
}));
const spec = fc.record(
  { 'a/b': value, 'c~d': value, 'e~1f': value, list, on: value },
  { requiredKeys: ['a/b', 'c~d', 'e~1f'], noNullPrototype: true },
);

const manifest = fc.record({
  name: fc.constantFrom('one', 'two'),
  kind: fc.constantFrom('Widget', 'Gadget'),
  component: fc.constantFrom('left', 'right', undefined),
  spec,
});
const manifests = fc
  .uniqueArray(manifest, { minLength: 1, maxLength: 4, selector: ({ name, kind }) => `${kind}/${name}` })
  .map((all) =>
    all.map(({ name, kind, component, spec }) => ({
      apiVersion: kind === 'Widget' ? 'example.com/v1' : 'v1',
      kind,
      metadata: { name, ...(component && { labels: { 'app.kubernetes.io/component': component } }) },
      spec,
    })),
  );

/** A text with a line break at its end, which is the last thing in a patch. */
function widget(text: string) {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'one' },
    spec: { on: text },
  } as never;
}

function inFolder<T>(
  folders: Readonly<Record<string, Readonly<Record<string, string>>>>,
  use: (root: string) => T,
): T {
  const root = mkdtempSync(join(tmpdir(), 'perf-metrics-kustomize-'));
  try {
    for (const [folder, files] of Object.entries(folders)) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(root, folder, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

it('an overlay turns any objects into any others, to the letter', () => {
  fc.assert(
    fc.property(manifests, manifests, (before, after) => {
      const folders = {
        base: baseFiles(before, '# b\n'),
        'overlays/x': overlayFiles(before, after, '# x\n'),
      };
      inFolder(folders, (root) => {
        expect(differing(kustomized(join(root, 'base')), before)).toEqual([]);
        expect(differing(kustomized(join(root, 'overlays/x')), after)).toEqual([]);
      });
    }),
    { seed: 5, numRuns: 12, examples: [[[widget('a\n')], [widget('a\nb\n')]]] },
  );
}, 60_000);

const account: Manifest & { readonly [key: string]: unknown } = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'worker' },
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'worker' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'worker' },
  subjects: [{ kind: 'ServiceAccount', name: 'worker' }],
};

it('a kustomization above moves everything to its own namespace, subjects of bindings too', () => {
  const above = 'namespace: elsewhere\nresources: [../base]\n';
  inFolder({ base: baseFiles([account, binding], ''), above: { 'kustomization.yaml': above } }, (root) => {
    const raw = kustomized(join(root, 'above'), { keepNamespaces: true });

    expect(raw).toContainEqual({ ...account, metadata: { name: 'worker', namespace: 'elsewhere' } });
    expect(raw).toContainEqual(
      expect.objectContaining({
        subjects: [{ kind: 'ServiceAccount', name: 'worker', namespace: 'elsewhere' }],
      }),
    );
  });
});

it('leaves out what is Helm’s, at any depth, and reads octal modes as Kubernetes does', () => {
  const [first, second] = manifestsOf(`
# Source: perf-metrics/templates/x.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  namespace: perf-metrics
  labels: {helm.sh/chart: perf-metrics-1, app.kubernetes.io/managed-by: Helm, app.kubernetes.io/name: a}
  annotations: {helm.sh/resource-policy: keep}
spec:
  template:
    metadata: {labels: {helm.sh/chart: perf-metrics-1, b: "1"}, annotations: {checksum/config: abc}}
    spec: {volumes: [{secret: {defaultMode: 0440}}]}
---
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
subjects: [{kind: ServiceAccount, name: b, namespace: perf-metrics}, {kind: User, name: c, namespace: other}]
`).map(withoutHelm);

  expect(first).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'a' } },
    spec: {
      template: {
        metadata: { labels: { b: '1' }, annotations: { 'checksum/config': 'abc' } },
        spec: { volumes: [{ secret: { defaultMode: 288 } }] },
      },
    },
  });
  expect(second).toMatchObject({
    subjects: [
      { kind: 'ServiceAccount', name: 'b' },
      { kind: 'User', name: 'c', namespace: 'other' },
    ],
  });
});
