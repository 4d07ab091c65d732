import type { V1Pod } from '@kubernetes/client-node';
import type { Target } from '../../contract/fleet.ts';

const PORT_NAME = 'perf-metrics';
const UNKNOWN_SERVICE = 'unknown';

export interface PodTargetSettings {
  /** Name of the label that holds a pod's service. */
  readonly serviceLabel: string;
  /** Of pods whose containers name no port `perf-metrics`. */
  readonly podPort: number;
  /** Names have their namespace before them. */
  readonly isClusterWide: boolean;
}

/**
 * The target that a pod is while it runs and is not being deleted, else null. Whether it is ready does not matter: one
 * that is not may be the slow one.
 */
export function podTarget(
  { metadata, spec, status }: V1Pod,
  { serviceLabel, podPort, isClusterWide }: PodTargetSettings,
): Target | null {
  const { uid, name, namespace, labels, deletionTimestamp } = metadata ?? {};
  const ip = status?.podIP;
  if (uid === undefined || name === undefined || !ip || deletionTimestamp) return null;
  if (status?.phase !== 'Running') return null;
  const ports = spec?.containers.flatMap(({ ports = [] }) => ports) ?? [];
  const port = ports.find((port) => port.name === PORT_NAME)?.containerPort ?? podPort;
  return {
    id: uid,
    name: isClusterWide ? `${namespace}/${name}` : name,
    service: labels?.[serviceLabel] || UNKNOWN_SERVICE,
    url: `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
  };
}
