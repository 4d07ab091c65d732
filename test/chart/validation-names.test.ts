import { describe, expect, it } from 'vitest';
import { CHART, helm, rendered, renderedText } from './render.ts';

/** Values that Kubernetes or Prometheus would refuse half-way through an installation, and where Helm says that they are wrong. */
const REFUSED: readonly (readonly [what: string, values: object, where: string])[] = [
  ['capitals in a name', { fullnameOverride: 'Foo_Bar' }, '/fullnameOverride'],
  ['a name that begins with a digit', { fullnameOverride: '1a' }, '/fullnameOverride'],
  ['a name that would be cut', { fullnameOverride: 'a'.repeat(41) }, '/fullnameOverride'],
  ['capitals in part of a name', { nameOverride: 'Foo_Bar' }, '/nameOverride'],
  ['a URL for a host', { ingress: { hosts: { grafana: 'https://x/' } } }, '/ingress/hosts/grafana'],
  ['a host with a path', { ingress: { hosts: { fleet: 'x.example.com/fleet' } } }, '/ingress/hosts/fleet'],
  ['a host with a port', { ingress: { hosts: { prometheus: 'x:80' } } }, '/ingress/hosts/prometheus'],
  ['a host with capitals', { ingress: { hosts: { grafana: 'X.example.com' } } }, '/ingress/hosts/grafana'],
  ['an address for a host', { ingress: { hosts: { alertmanager: '10.0.0.1' } } }, '/ingress/hosts/alert'],
  ['a misspelt certificate', { ingress: { tls: [{ secretname: 'a' }] } }, '/ingress/tls/0'],
  ['a misspelt peer', { networkPolicy: { ingressFrom: [{ namespaceselector: {} }] } }, '/ingressFrom/0'],
  ['a peer of nothing', { networkPolicy: { ingressFrom: [{}] } }, '/ingressFrom/0'],
  ['a label that begins with a hyphen', { targets: { selector: 'a=-b' } }, 'targets.selector has '],
  ['a label of 64 characters', { targets: { selector: `a=${'b'.repeat(64)}` } }, 'targets.selector has '],
  ['a label with two slashes', { targets: { selector: 'a/b/c=d' } }, 'targets.selector has '],
  ['a Secret that is mounted twice', { prometheus: { secrets: ['a', 'a'] } }, '/prometheus/secrets'],
  ['a Secret that is a path', { prometheus: { secrets: ['../a'] } }, '/prometheus/secrets/0'],
  ['a label name with a hyphen', { prometheus: { externalLabels: { 'a-b': 'c' } } }, '/externalLabels'],
  [
    'a label with a space',
    { commonLabels: { team: 'a b' } },
    'commonLabels has team: "a b", which is no label',
  ],
  [
    'a label name with a space',
    { operator: { dashboardLabels: { 'a b': '' } } },
    'operator.dashboardLabels has',
  ],
  ['a label that is too long', { grafana: { podLabels: { a: 'b'.repeat(64) } } }, 'grafana.podLabels has a:'],
  ['a label of no node', { nodeSelector: { pool: '-' } }, 'nodeSelector has pool: "-"'],
  ['a label of no node', { fleet: { nodeSelector: { pool: 'a=b' } } }, 'fleet.nodeSelector has pool: "a=b"'],
  ['a label that is no text', { prometheus: { externalLabels: { a: { b: 'c' } } } }, '/externalLabels/a'],
];

/** Long ones, and those that look odd and are right. */
const ADMITTED: readonly (readonly [what: string, values: object])[] = [
  ['names', { fullnameOverride: `a-${'b'.repeat(37)}1`, nameOverride: 'a' }],
  [
    'hosts',
    {
      ingress: { enabled: true, hosts: { grafana: 'grafana', fleet: '1-a.b2.example.com' } },
      networkPolicy: { enabled: false },
    },
  ],
  ['labels', { targets: { selector: `example.com/a_b.c=${'b'.repeat(63)},d=,e=1` } }],
  ['labels', { commonLabels: { 'example.com/Team_1': 'A.b-c_D', empty: '' } }],
  ['Secrets', { prometheus: { secrets: ['a', 'b.c-1'] } }],
  ['external labels', { prometheus: { externalLabels: { cluster: 'eu 1', _a1: '' } } }],
  ['peers', { networkPolicy: { ingressFrom: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } }],
];

describe('names, hosts and labels', () => {
  it.each(REFUSED)('are refused before anything is installed: %s', (_what, values, where) => {
    expect(() => rendered(values)).toThrow(where);
  });

  it.each(ADMITTED)('are admitted as Kubernetes takes them: %s', (_what, values) => {
    expect(rendered(values).length).toBeGreaterThan(0);
  });
});

describe('the name of the release', () => {
  const render = (release: string, values: object): string =>
    helm(['template', release, CHART, '-n', 'metrics'], values);

  it.each(['1a', 'a.b'])('is refused where no Service may have it: %s', (release) => {
    expect(() => render(release, {})).toThrow('set fullnameOverride, or install under another name');
    expect(render(release, { fullnameOverride: 'a' })).toContain('name: a-fleet');
  });

  it('may be as long as Helm admits', () => {
    expect(render('a'.repeat(53), {})).toContain(`name: ${'a'.repeat(40)}-fleet`);
    expect(renderedText()).toContain('name: perf-metrics-fleet');
  });
});
