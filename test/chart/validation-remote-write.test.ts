import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Schema } from '../../scripts/chart/option-schema.ts';
import { PROMETHEUS_VALUES } from '../../scripts/chart/remote-write-schema.ts';
import { toolPath } from '../support/tools.ts';
import { named, rendered } from './render.ts';

const URL_ = 'https://metrics.example.com/push';
const SECRET = 's3cret';
const FILE = '/etc/prometheus/secrets/remote/key';

function written(...entries: readonly object[]): object {
  return { prometheus: { secrets: ['remote'], remoteWrite: entries } };
}

function valueAt(path: string, value: unknown): object {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

function complaint(...entries: readonly object[]): string {
  try {
    rendered(written(...entries));
  } catch (error) {
    return (error as Error).message;
  }
  return 'helm did not complain';
}

/** Every key of Prometheus under which a secret may stand, and what is to be done instead. */
const SECRET_KEYS: readonly (readonly [path: string, remedy: string, value?: unknown])[] = [
  ['basic_auth.password', 'set password_file to'],
  ['authorization.credentials', 'set credentials_file to'],
  ['bearer_token', 'set authorization.credentials_file to'],
  ['headers.Authorization', 'set authorization.credentials_file to'],
  ['headers.X-Api-Key', 'set http_headers.<header>.files to'],
  ['http_headers.Authorization', 'set authorization.credentials_file to', { files: [FILE] }],
  ['http_headers.X-Api-Key.values', 'set files to', [SECRET]],
  ['http_headers.X-Api-Key.secrets', 'set files to', [SECRET]],
  ['tls_config.key', 'set key_file to'],
  ['tls_config.cert', 'set cert_file to'],
  ['proxy_connect_header', 'use a proxy that asks for no header', { 'Proxy-Authorization': [SECRET] }],
  ['oauth2.client_secret', 'set client_secret_file to'],
  ['oauth2.client_certificate_key', 'set client_certificate_key_file to'],
  ['oauth2.endpoint_params.password', 'client_secret_file gives the secret'],
  ['oauth2.tls_config.key', 'set key_file to'],
  ['oauth2.tls_config.cert', 'set cert_file to'],
  ['oauth2.proxy_connect_header', 'use a proxy that asks for no header', { a: [SECRET] }],
  ['sigv4.access_key', 'give the pod an identity in AWS'],
  ['sigv4.secret_key', 'give the pod an identity in AWS'],
  ['azuread.oauth', 'give the pod an identity in Azure', { client_id: 'a', client_secret: SECRET }],
  ['azuread.certificate.certificate_password', 'use a certificate without a password'],
];

const secretRows = SECRET_KEYS.map(([path, remedy, value = SECRET]) => [path, remedy, value] as const);

it.each(secretRows)('refuses the secret under %s, and says: %s', (path, remedy, value) => {
  const said = complaint({ url: URL_, ...valueAt(path, value) });

  expect(said).toContain(`/prometheus/remoteWrite/0/${path.replaceAll('.', '/')}'`);
  expect(said).toContain(remedy);
  if (remedy.startsWith('set '))
    expect(said).toMatch(/name that in prometheus\.secrets, .* \/etc\/prometheus\/secrets\/<name>\/<key>/);
  expect(said).not.toContain(SECRET);
});

it.each([
  ['url', `https://user:${SECRET}@a.example.com/push`, 'basic_auth.password_file'],
  ['url', `https://${SECRET}@a.example.com/push`, 'basic_auth.password_file'],
  ['url', `https://user:pa/${SECRET}@a.example.com/push`, 'basic_auth.password_file'],
  ['url', `https://a.example.com/push?db=a&api_key=${SECRET}`, 'http_headers.<header>.files'],
  ['url', `https://a.example.com/write?u=a&p=${SECRET}`, 'basic_auth.password_file'],
  ['proxy_url', `http://user:${SECRET}@proxy:3128`, 'a proxy that asks for no password'],
  ['oauth2.proxy_url', `http://user:${SECRET}@proxy:3128`, 'a proxy that asks for no password'],
  ['oauth2.token_url', `https://user:${SECRET}@login.example.com`, 'oauth2.client_secret_file'],
])('refuses the secret in %s: %s', (path, url, remedy) => {
  const said = complaint({ url: URL_ }, { url: URL_, ...valueAt(path, url) });

  expect(said).toContain(`prometheus.remoteWrite[1].${path}`);
  expect(said).toContain(remedy);
  expect(said).not.toContain(SECRET);
});

it.each([
  ['an entry', { bearer_tokn: SECRET }, 'bearer_tokn'],
  ['a part', { basic_auth: { username: 'a', pasword_file: FILE } }, 'pasword_file'],
  ['a relabeling', { write_relabel_configs: [{ sourceLabels: ['a'], action: 'drop' }] }, 'sourceLabels'],
])('refuses a key of %s that Prometheus does not know, at which it would end', (_what, entry, key) => {
  expect(complaint({ url: URL_, ...entry })).toContain(`additional properties '${key}' not allowed`);
});

it.each([
  ['no URL', { name: 'a' }, "missing property 'url'"],
  ['a URL without a scheme', { url: 'metrics.example.com/push' }, 'must be http:// or https://'],
  [
    'two ways to log in',
    { url: URL_, sigv4: {}, basic_auth: { username: 'a', password_file: FILE } },
    'has basic_auth and sigv4, but Prometheus takes one of them: leave the others out',
  ],
  ['a time without a unit', { url: URL_, remote_timeout: '30' }, 'remote_timeout'],
])('refuses %s', (_what, entry, sentence) => {
  expect(complaint(entry)).toContain(sentence);
});

const tls = {
  ca: 'CERTIFICATE',
  server_name: 'a',
  insecure_skip_verify: false,
  min_version: 'TLS12',
  max_version: 'TLS13',
};
const fileTls = { ca_file: FILE, cert_file: FILE, key_file: FILE };
const proxy = { proxy_url: 'http://proxy:3128', no_proxy: 'a.example.com' };

/** Between them, every key that the chart admits. */
const ADMITTED: readonly object[] = [
  {
    url: `${URL_}?extra_label=cluster=a`,
    name: 'a',
    protobuf_message: 'io.prometheus.write.v2.Request',
    remote_timeout: '1m30s',
    headers: { 'X-Scope-OrgID': 'a', 'THANOS-TENANT': 'b' },
    write_relabel_configs: [
      { source_labels: ['a', 'b'], separator: ';', regex: '(.*)', target_label: 'c', replacement: '$1' },
      { source_labels: ['a'], modulus: 8, target_label: 'd', action: 'hashmod' },
    ],
    send_exemplars: true,
    send_native_histograms: true,
    convert_nhcb_to_classic: false,
    round_robin_dns: true,
    failed_request_logging: false,
    queue_config: {
      capacity: 10_000,
      max_shards: 50,
      min_shards: 1,
      max_samples_per_send: 2000,
      batch_send_deadline: '5s',
      min_backoff: '30ms',
      max_backoff: '5s',
      retry_on_http_429: true,
      sample_age_limit: '0s',
    },
    metadata_config: { send: true, send_interval: '1m', max_samples_per_send: 2000 },
    basic_auth: { username: 'a', password_file: FILE },
    follow_redirects: true,
    enable_http2: false,
    tls_config: fileTls,
    http_headers: { 'X-Api-Key': { files: [FILE] } },
    ...proxy,
  },
  {
    url: 'http://[::1]:9009/push',
    basic_auth: { username_file: FILE, password_file: FILE },
    tls_config: tls,
  },
  { url: URL_, authorization: { type: 'Token', credentials_file: FILE }, proxy_from_environment: true },
  { url: URL_, bearer_token_file: FILE },
  {
    url: URL_,
    oauth2: {
      client_id: 'a',
      client_secret_file: FILE,
      scopes: ['a'],
      token_url: 'https://login.example.com/token',
      endpoint_params: { audience: 'a', resource: 'b', scope: 'c' },
      tls_config: fileTls,
      ...proxy,
    },
  },
  {
    url: URL_,
    oauth2: {
      client_id: 'a',
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      client_certificate_key_file: FILE,
      client_certificate_key_id: 'a',
      signature_algorithm: 'RS256',
      iss: 'a',
      audience: 'b',
      claims: { sub: 'c' },
      token_url: 'https://login.example.com/token',
      tls_config: tls,
      proxy_from_environment: true,
    },
  },
  {
    url: URL_,
    sigv4: {
      region: 'a',
      profile: 'b',
      role_arn: 'c',
      external_id: 'd',
      session_name: 'e1',
      tags: { team: 'f' },
      service_name: 'aps',
      use_fips_sts_endpoint: true,
    },
  },
  ...[
    { managed_identity: { client_id: '00000000-0000-0000-0000-000000000000' } },
    {
      workload_identity: {
        client_id: '00000000-0000-0000-0000-000000000000',
        tenant_id: '00000000-a12b-3cd4-e56f-000000000000',
        token_file_path: FILE,
      },
    },
    {
      certificate: {
        client_id: '00000000-0000-0000-0000-000000000000',
        tenant_id: '00000000-a12b-3cd4-e56f-000000000000',
        certificate_path: FILE,
        certificate_key_path: FILE,
        send_certificate_chain: true,
      },
    },
    { sdk: { tenant_id: '00000000-a12b-3cd4-e56f-000000000000' }, scope: 'https://a.example.com/.default' },
  ].map((way) => ({ url: URL_, azuread: { cloud: 'AzurePublic', ...way } })),
  { url: URL_, google_iam: { credentials_file: FILE } },
];

/** Paths of the keys of a value, lists left out of them. */
function pathsOf(value: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, path));
  if (typeof value !== 'object' || value === null) return [path.join('.')];
  return [path.join('.'), ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

/** Paths of the keys that a schema names: those that are to be left out, and the others. */
function namedPaths(schema: Schema, leftOut: boolean, path: readonly string[] = []): string[] {
  const { properties = {}, items, const: remedy } = schema;
  if (remedy !== undefined) return leftOut ? [path.join('.')] : [];
  if (items !== undefined) return namedPaths(items as Schema, leftOut, path);
  const inner = Object.entries(properties as Record<string, Schema>);
  return [
    ...(leftOut ? [] : [path.join('.')]),
    ...inner.flatMap(([key, of]) => namedPaths(of, leftOut, [...path, key])),
  ];
}

it('admits every other key, and Prometheus takes it', () => {
  const used = new Set(ADMITTED.flatMap((entry) => pathsOf(entry)));
  const schema = PROMETHEUS_VALUES['prometheus.remoteWrite'];

  expect(namedPaths(schema, false).filter((path) => !used.has(path))).toEqual([]);
  expect(namedPaths(schema, true).filter((path) => !SECRET_KEYS.some(([key]) => key === path))).toEqual([]);
  const directory = mkdtempSync(join(tmpdir(), 'perf-metrics-remote-write-'));
  try {
    const file = join(directory, 'prometheus.yml');
    const { data = {} } = named(rendered(written(...ADMITTED)), 'ConfigMap', 'perf-metrics-prometheus');
    writeFileSync(file, data['prometheus.yml'] ?? '');
    const options = ['check', 'config', '--syntax-only', file];
    expect(execFileSync(toolPath('promtool'), options, { encoding: 'utf8' })).toContain('is valid');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
