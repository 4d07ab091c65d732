import type { Schema } from './option-schema.ts';

const SECRETS = '/etc/prometheus/secrets/<name>/<key>';

/**
 * A key that Prometheus knows and the chart refuses, as everyone who may read the ConfigMap would see it. Helm says "value must
 * be" with the constant after it, and nothing of the value: so the constant is what to do.
 */
function leftOut(remedy: string): Schema {
  return { description: `Refused: ${remedy}.`, const: `left out, as the ConfigMap would show it: ${remedy}` };
}

function inFile(key: string): Schema {
  return leftOut(
    `put the secret into a Secret, name that in prometheus.secrets, and set ${key} to ${SECRETS}`,
  );
}

/** Of the SDKs of clouds, which find the credentials of a pod by themselves. */
function ofThePod(cloud: string): Schema {
  return leftOut(`there is no file for it, so give the pod an identity in ${cloud}`);
}

const text: Schema = { type: 'string', minLength: 1 };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 1 };
/** As Prometheus writes durations: several units, the largest first. */
const duration: Schema = { type: 'string', pattern: '^([0-9]+(y|w|d|h|m|s|ms))+$' };
const texts: Schema = { type: 'array', items: text };
const textByName: Schema = { type: 'object', additionalProperties: { type: 'string' } };

function mapping(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    properties,
    ...(required.length > 0 && { required }),
  };
}

const tlsVersion: Schema = { enum: ['TLS10', 'TLS11', 'TLS12', 'TLS13'] };
const tls = mapping({
  ca: text,
  ca_file: text,
  cert: inFile('cert_file'),
  cert_file: text,
  key: inFile('key_file'),
  key_file: text,
  server_name: text,
  insecure_skip_verify: flag,
  min_version: tlsVersion,
  max_version: tlsVersion,
});

const proxy: Readonly<Record<string, Schema>> = {
  proxy_url: text,
  no_proxy: text,
  proxy_from_environment: flag,
  proxy_connect_header: leftOut('there is no file for it, so use a proxy that asks for no header'),
};

const header = mapping({
  files: { ...texts, minItems: 1 },
  values: inFile('files'),
  secrets: inFile('files'),
});

const oauth2 = mapping({
  client_id: text,
  client_secret: inFile('client_secret_file'),
  client_secret_file: text,
  client_certificate_key_id: text,
  client_certificate_key: inFile('client_certificate_key_file'),
  client_certificate_key_file: text,
  grant_type: { enum: ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'] },
  signature_algorithm: { enum: ['RS256', 'RS384', 'RS512'] },
  iss: text,
  audience: text,
  claims: { type: 'object' },
  scopes: texts,
  token_url: text,
  // Others may be a password.
  endpoint_params: {
    type: 'object',
    properties: { audience: text, resource: text, scope: text },
    additionalProperties: leftOut(
      'client_secret_file gives the secret, and parameters are audience, resource and scope',
    ),
  },
  tls_config: tls,
  ...proxy,
});

const azuread = mapping({
  cloud: { enum: ['AzurePublic', 'AzureChina', 'AzureGovernment'] },
  managed_identity: mapping({ client_id: text }),
  workload_identity: mapping({ client_id: text, tenant_id: text, token_file_path: text }),
  oauth: ofThePod('Azure'),
  certificate: mapping({
    client_id: text,
    tenant_id: text,
    certificate_path: text,
    certificate_key_path: text,
    certificate_password: leftOut('there is no file for it, so use a certificate without a password'),
    send_certificate_chain: flag,
  }),
  sdk: mapping({ tenant_id: text }),
  scope: text,
});

const sigv4 = mapping({
  region: text,
  access_key: ofThePod('AWS'),
  secret_key: ofThePod('AWS'),
  profile: text,
  role_arn: text,
  external_id: text,
  session_name: text,
  tags: textByName,
  service_name: text,
  use_fips_sts_endpoint: flag,
});

const relabeling = mapping({
  source_labels: texts,
  separator: { type: 'string' },
  regex: { type: ['string', 'number'] },
  modulus: count,
  target_label: text,
  replacement: { type: ['string', 'number'] },
  action: {
    enum: [
      'replace',
      'lowercase',
      'uppercase',
      'keep',
      'drop',
      'keepequal',
      'dropequal',
      'hashmod',
      'labelmap',
      'labeldrop',
      'labelkeep',
    ],
  },
});

const queue = mapping({
  capacity: count,
  max_shards: count,
  min_shards: count,
  max_samples_per_send: count,
  batch_send_deadline: duration,
  min_backoff: duration,
  max_backoff: duration,
  retry_on_http_429: flag,
  sample_age_limit: duration,
});

/**
 * `remote_write` of Prometheus 3.16, whose program ends at a key that it does not know. Left out are references to secrets that
 * only another program than Prometheus resolves. URLs are looked at by the templates, which do not print them.
 */
const REMOTE_WRITE: Schema = mapping(
  {
    url: text,
    name: text,
    protobuf_message: { enum: ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] },
    remote_timeout: duration,
    // Names of tenants are no secrets.
    headers: {
      type: 'object',
      properties: {
        'X-Scope-OrgID': text,
        'THANOS-TENANT': text,
        Authorization: inFile('authorization.credentials_file'),
      },
      additionalProperties: inFile('http_headers.<header>.files'),
    },
    write_relabel_configs: { type: 'array', items: relabeling },
    send_exemplars: flag,
    send_native_histograms: flag,
    convert_nhcb_to_classic: flag,
    round_robin_dns: flag,
    failed_request_logging: flag,
    sigv4,
    azuread,
    google_iam: mapping({ credentials_file: text }),
    queue_config: queue,
    metadata_config: mapping({ send: flag, send_interval: duration, max_samples_per_send: count }),
    basic_auth: mapping({
      username: text,
      username_file: text,
      password: inFile('password_file'),
      password_file: text,
    }),
    authorization: mapping({ type: text, credentials: inFile('credentials_file'), credentials_file: text }),
    bearer_token: inFile('authorization.credentials_file'),
    bearer_token_file: text,
    oauth2,
    follow_redirects: flag,
    enable_http2: flag,
    tls_config: tls,
    http_headers: {
      type: 'object',
      properties: { Authorization: inFile('authorization.credentials_file') },
      additionalProperties: header,
    },
    ...proxy,
  },
  ['url'],
);

/** Values that Prometheus reads as they are, by path. */
export const PROMETHEUS_VALUES: Readonly<Record<string, Schema>> = {
  'prometheus.remoteWrite': { type: 'array', items: REMOTE_WRITE },
};
