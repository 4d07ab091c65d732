import { eventually } from '../support/programs.ts';
import { getService, image, kubectl, kubectlApply } from './cluster.ts';

/** What Alertmanager posts to a webhook. */
export interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly Alert[];
}

export interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
}

/** Keeps what is posted to it, a list a path. */
const PROGRAM = `
  const posted = {};
  require('node:http').createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => { text += chunk; });
    request.on('end', () => {
      const list = posted[request.url] ??= [];
      if (request.method === 'POST') list.push(JSON.parse(text));
      response.end(JSON.stringify(list));
    });
  }).listen(8080);`;

/** A pod that takes notifications, and the Secret that tells Alertmanager where: keys `alerts` and `watchdog`. */
export async function startReceiver(namespace: string, secretName: string): Promise<void> {
  const labels = { app: 'receiver' };
  const container = {
    name: 'receiver',
    image: image.name,
    args: ['-e', PROGRAM],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'receiver', labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'receiver' },
    spec: { selector: labels, ports: [{ port: 8080 }] },
  };
  const url = `http://receiver.${namespace}.svc:8080`;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName },
    stringData: { alerts: `${url}/alerts`, watchdog: `${url}/watchdog` },
  };
  await kubectlApply(namespace, { apiVersion: 'v1', kind: 'List', items: [pod, service, secret] });
  await kubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pod/receiver', '--timeout=60s');
}

export async function received(namespace: string, path: 'alerts' | 'watchdog'): Promise<Notification[]> {
  return JSON.parse(await getService(namespace, 'receiver:8080', `/${path}`)) as Notification[];
}

/**
 * The alert with these labels, among others, that the receiver was told of, and that began after `since` (in seconds
 * since 1970).
 * @throws when it was not within `seconds`, with what it was told of instead.
 */
export async function notified(
  namespace: string,
  status: Alert['status'],
  labels: Readonly<Record<string, string>>,
  seconds: number,
  since = 0,
): Promise<Alert> {
  return await eventually(
    `${JSON.stringify(labels)} to be ${status}`,
    async () => {
      const alerts = (await received(namespace, 'alerts')).flatMap((notification) => notification.alerts);
      const found = alerts.find(
        (alert) =>
          alert.status === status &&
          Date.parse(alert.startsAt) >= since * 1e3 &&
          Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
      );
      if (found !== undefined) return found;
      const told = alerts.map(
        (alert) => `${alert.status} since ${alert.startsAt} ${JSON.stringify(alert.labels)}`,
      );
      throw new Error(`told of: ${told.join('; ') || 'nothing'}`);
    },
    seconds,
  );
}
