import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toolPath } from '../support/tools.ts';
import { CHART, type PodSpec, rendered } from './render.ts';
import { type RenderedAlertmanager, renderedAlertmanager } from './rendered-alertmanager.ts';

const KINDS = ['slack', 'pagerduty', 'email', 'webhook'] as const;
type Kind = (typeof KINDS)[number];

const SECRET = 'oncall';
const EMAIL = { to: 'oncall@example.com', from: 'alerts@example.com', smarthost: 'smtp.example.com:587' };

const directory = mkdtempSync(join(tmpdir(), 'alertmanager-chart-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Values with these receivers, and what differs from the values that a receiver needs. */
function told(kinds: readonly Kind[], changes: object = {}): object {
  const receivers = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      kind === 'email'
        ? { enabled: true, ...EMAIL, ...changes }
        : { enabled: true, existingSecret: SECRET, ...changes },
    ]),
  );
  return { alertmanager: { receivers } };
}

type Receiver = { readonly name: string } & {
  readonly [integrations in `${Kind}_configs`]?: readonly object[];
};

interface Configuration {
  readonly text: string;
  readonly receivers: readonly Receiver[];
  /** Path of the file, for amtool. */
  readonly path: string;
}

let files = 0;
function configurationOf({ configuration, templates }: RenderedAlertmanager): Configuration {
  const path = join(directory, `${++files}.yaml`);
  const templatePath = join(directory, `${files}.tmpl`);
  writeFileSync(templatePath, templates);
  writeFileSync(path, configuration.replace('/etc/alertmanager/config/*.tmpl', templatePath));
  return { text: configuration, receivers: parse(configuration).receivers, path };
}

function amtool(...args: string[]): string {
  return execFileSync(toolPath('amtool'), args, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** The kinds that are told of alerts of a severity. */
function kindsOf({ receivers }: Configuration, severity: string): string[] {
  const receiver = receivers.find(({ name }) => name === severity);
  return Object.keys(receiver ?? {})
    .filter((key) => key.endsWith('_configs'))
    .map((key) => key.replace('_configs', ''));
}

interface SecretSource {
  readonly secret: {
    readonly name: string;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  };
}

/** The file, Secret and key of each secret that is mounted. */
function mountedKeys({ containers, volumes = [] }: PodSpec): string[][] {
  const [{ volumeMounts = [] }] = containers;
  return volumes
    .flatMap(({ name, projected }) => {
      const { mountPath = '' } = volumeMounts.find((mount) => mount.name === name) ?? {};
      const { sources = [] } = (projected ?? {}) as { sources?: readonly SecretSource[] };
      return sources.flatMap(({ secret }) =>
        secret.items.map(({ key, path }) => [`${mountPath}/${path}`, secret.name, key]),
      );
    })
    .sort();
}

function complaint(values: object): string {
  try {
    rendered(values);
  } catch (error) {
    return (error as Error).message;
  }
  return 'helm did not complain';
}

/** Every set of receivers. */
const COMBINATIONS = Array.from({ length: 1 << KINDS.length }, (_, bits) =>
  KINDS.filter((_kind, i) => bits & (1 << i)),
);

describe("Alertmanager's configuration", () => {
  it.each(COMBINATIONS.map((kinds) => [kinds.join(' and ') || 'nobody', kinds] as const))(
    'is valid and tells %s, each of the severities that it is for',
    (_names, kinds) => {
      const configuration = configurationOf(renderedAlertmanager(told(kinds)));

      expect(amtool('check-config', configuration.path)).toContain('SUCCESS');
      expect(kindsOf(configuration, 'critical').sort()).toEqual([...kinds].sort());
      expect(kindsOf(configuration, 'warning').sort()).toEqual(
        kinds.filter((kind) => kind !== 'pagerduty').sort(),
      );
      expect(kindsOf(configuration, 'info')).toEqual([]);
      expect(kindsOf(configuration, 'nobody')).toEqual([]);
    },
  );

  it.each(KINDS)('tells %s of the severities that the values name, and of no other', (kind) => {
    const configuration = configurationOf(
      renderedAlertmanager(told([kind], { severities: ['info', 'warning'] })),
    );

    expect(['critical', 'warning', 'info'].map((severity) => kindsOf(configuration, severity))).toEqual([
      [],
      [kind],
      [kind],
    ]);
  });

  it.each([
    ['alertname=Watchdog severity=none', 'dead-mans-switch'],
    ['alertname=PerfTest severity=none test_id=1', 'test'],
    ['alertname=Anything severity=none', 'nobody'],
    ['alertname=PerfSlaBroken severity=critical namespace=a service=b event=c', 'critical'],
    ['alertname=PerfTargetDown severity=critical namespace=a service=b instance=c', 'critical'],
    ['alertname=PerfLatencyAnomaly severity=warning namespace=a service=b event=c', 'warning'],
    ['alertname=PerfGcShareHigh severity=warning namespace=a service=b instance=c', 'warning'],
    ['alertname=PerfLatencyAnomaly severity=info event=c', 'info'],
    ['alertname=PerfLatencyAnomaly severity=info', 'info'],
    ['alertname=OfSomebodyElse severity=page', 'warning'],
    ['alertname=OfSomebodyElse event=c', 'warning'],
    ['alertname=OfSomebodyElse', 'warning'],
  ])('routes %s to %s', (labels, receiver) => {
    const { path } = configurationOf(renderedAlertmanager(told(KINDS)));

    expect(amtool('config', 'routes', 'test', '--config.file', path, ...labels.split(' '))).toBe(receiver);
  });

  it('routes alike whoever is told', () => {
    const routes = COMBINATIONS.map(
      (kinds) => parse(configurationOf(renderedAlertmanager(told(kinds))).text).route,
    );

    for (const route of routes) expect(route).toEqual(routes[0]);
  });

  it('reads every secret from a file of a mounted Secret, and holds none', () => {
    const watched = { existingSecret: 'watch', key: 'ping' };
    const email = { ...EMAIL, enabled: true, username: 'alerts', existingSecret: 'mail' };
    const { receivers } = (told(['slack', 'pagerduty', 'webhook']) as { alertmanager: { receivers: object } })
      .alertmanager;
    const alertmanager = renderedAlertmanager({
      alertmanager: { receivers: { ...receivers, email }, deadMansSwitch: watched },
    });
    const { text } = configurationOf(alertmanager);

    const files = [...text.matchAll(/(\w+_file): (\S+)/g)].map(([, option, file]) => `${option} ${file}`);
    expect(new Set(files)).toEqual(
      new Set([
        'url_file /etc/alertmanager/secrets/dead-mans-switch',
        'api_url_file /etc/alertmanager/secrets/slack',
        'routing_key_file /etc/alertmanager/secrets/pagerduty',
        'auth_password_file /etc/alertmanager/secrets/email',
        'url_file /etc/alertmanager/secrets/webhook',
      ]),
    );
    expect(mountedKeys(alertmanager.pod.spec)).toEqual([
      ['/etc/alertmanager/secrets/dead-mans-switch', 'watch', 'ping'],
      ['/etc/alertmanager/secrets/email', 'mail', 'smtp-password'],
      ['/etc/alertmanager/secrets/pagerduty', SECRET, 'routing-key'],
      ['/etc/alertmanager/secrets/slack', SECRET, 'slack-url'],
      ['/etc/alertmanager/secrets/webhook', SECRET, 'webhook-url'],
    ]);
  });

  it('mounts no Secret when nobody is told', () => {
    const { spec } = renderedAlertmanager().pod;

    expect(spec.volumes?.map(({ name }) => name)).toEqual(['data', 'config']);
  });

  it('hides alerts by names that alerts have', () => {
    const rules = join(CHART, 'files', 'rules');
    const names = readdirSync(rules).flatMap((file) =>
      [...readFileSync(join(rules, file), 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name),
    );
    const { configuration } = renderedAlertmanager();
    const named = [...configuration.matchAll(/alertname (?:=|!=|=~) "([^"]+)"/g)]
      .flatMap(([, pattern = '']) => pattern.split('|'))
      .filter((pattern) => pattern !== 'PerfTest');
    const unknown = named.filter((pattern) => !names.some((name) => new RegExp(`^${pattern}$`).test(name)));

    expect(named.length).toBeGreaterThan(5);
    expect(unknown).toEqual([]);
  });

  it('makes another pod of another configuration, and of nothing else', () => {
    const pod = (values: object): object => renderedAlertmanager(values).pod.metadata;

    expect(pod({ alertmanager: { groupWait: '10s' } })).not.toEqual(pod({}));
    expect(pod({ prometheus: { retention: '7d' } })).toEqual(pod({}));
  });

  it('links to the host of its Ingress', () => {
    const ingress = { enabled: true, hosts: { alertmanager: 'alerts.example.com' } };
    const networkPolicy = { enabled: false };
    const argsOf = (values: object): readonly string[] | undefined =>
      renderedAlertmanager(values).pod.containers[0].args;

    expect(argsOf({ ingress, networkPolicy })).toContain('--web.external-url=http://alerts.example.com/');
    expect(argsOf({ ingress: { ...ingress, tls: [{ secretName: 'a' }] }, networkPolicy })).toContain(
      '--web.external-url=https://alerts.example.com/',
    );
  });

  it('is left out where another Alertmanager is used', () => {
    const of = (values: object): string[] =>
      rendered(values)
        .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'alertmanager')
        .map(({ kind }) => kind);

    expect(of({ mode: 'operator' })).toEqual([]);
    expect(of({ alertmanager: { enabled: false } })).toEqual([]);
    expect(of({})).toContain('StatefulSet');
  });
});

describe('helm stops, and says what to do, when', () => {
  it.each(KINDS.filter((kind) => kind !== 'email'))('%s has no Secret', (kind) => {
    const said = complaint(told([kind], { existingSecret: '', key: 'this-key' }));

    expect(said).toContain(`set alertmanager.receivers.${kind}.existingSecret to its name`);
    expect(said).toContain('kubectl create secret generic oncall -n metrics --from-literal=this-key=...');
  });

  it.each(['to', 'from', 'smarthost'])('e-mail lacks %s', (key) => {
    expect(complaint(told(['email'], { [key]: '' }))).toMatch(
      new RegExp(`alertmanager\\.receivers\\.email\\.${key} is empty: set it, such as to \\S+\\.`),
    );
  });

  it.each([
    ['logs in without a password', { username: 'a' }, 'has no Secret for the password: create one and set'],
    ['has a password without a name', { existingSecret: 'a' }, 'no name to log in by: set'],
    [
      'would send a password in the clear',
      { username: 'a', existingSecret: 'b', requireTls: false },
      'set alertmanager.receivers.email.requireTls to true',
    ],
  ])('e-mail %s', (_fault, changes, sentence) => {
    expect(complaint(told(['email'], changes))).toContain(sentence);
  });

  it.each(KINDS)('%s is told by an Alertmanager that is not there', (kind) => {
    const values = told([kind]);
    const { alertmanager } = values as { alertmanager: object };
    const off = `or alertmanager.receivers.${kind}.enabled to false`;

    expect(complaint({ alertmanager: { ...alertmanager, enabled: false } })).toContain(
      `set alertmanager.enabled to true, ${off}`,
    );
    expect(complaint({ ...values, mode: 'operator' })).toContain(
      `set mode to standalone, or name the receiver in the Alertmanager beside the Operator, ${off}`,
    );
  });

  it("a dead man's switch is told by an Alertmanager that is not there", () => {
    const alertmanager = { deadMansSwitch: { existingSecret: SECRET } };

    expect(complaint({ mode: 'operator', alertmanager })).toContain(
      'alertmanager.deadMansSwitch.existingSecret is set, but',
    );
  });

  it('several things are wrong, of all of them', () => {
    const receivers = { slack: { enabled: true }, email: { enabled: true, existingSecret: 'a' } };
    const said = complaint({ alertmanager: { receivers } });

    for (const path of ['slack', 'email.to', 'email.from', 'email.smarthost', 'email has a password'])
      expect(said).toContain(`alertmanager.receivers.${path}`);
  });

  it.each([
    ['a receiver of no severity', { receivers: { slack: { severities: [] } } }],
    ['a severity that no alert has', { receivers: { slack: { severities: ['page'] } } }],
    ['a receiver that is not known', { receivers: { teams: { enabled: true } } }],
    ['an address of no port', { receivers: { email: { smarthost: 'smtp.example.com' } } }],
    ['a time without a unit', { groupWait: '5' }],
  ])('the values name %s', (_fault, alertmanager) => {
    expect(complaint({ alertmanager })).toContain('/alertmanager');
  });
});
