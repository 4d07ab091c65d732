import { type Pod, podsOf, rendered } from './render.ts';

export interface RenderedAlertmanager {
  /** Text of alertmanager.yaml. */
  readonly configuration: string;
  /** Text of notifications.tmpl. */
  readonly templates: string;
  readonly pod: Pod;
}

/** What the chart makes of Alertmanager with these values. */
export function renderedAlertmanager(values: object = {}): RenderedAlertmanager {
  const manifests = rendered(values);
  const configMap = manifests.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'perf-metrics-alertmanager',
  );
  const configuration = configMap?.data?.['alertmanager.yaml'];
  const templates = configMap?.data?.['notifications.tmpl'];
  const pod = podsOf(manifests).find(({ workload }) => workload === 'StatefulSet/perf-metrics-alertmanager');
  if (configuration === undefined || templates === undefined || pod === undefined)
    throw new Error('the chart renders no Alertmanager');
  return { configuration, templates, pod };
}
