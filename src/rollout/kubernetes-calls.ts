import { apiFailure } from '../kubernetes/failure.ts';
import { StoreConflict, storeError } from './store/rollout-store.ts';

/**
 * What an API server objected, as a sentence; `object` is `ConfigMap shop/checkout-spec`.
 * @throws StoreConflict when another has written since; else PerfMetricsError `PERF_ROLLOUT`.
 */
export async function told<T>(object: string, verb: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { status, text } = apiFailure(error);
    if (status === 409) throw new StoreConflict(`${object} has been changed by another`, { cause: error });
    throw storeError(`${object} cannot be ${verb}: ${remedy(status, text)}`, error);
  }
}

function remedy(status: number, text: string): string {
  if (status === 404)
    return `it does not exist; the chart and the manifests create it, this does not (${text})`;
  if (status === 403) return `the service account may not; its Role must name this object (${text})`;
  return status === 0 ? `no answer from the API server (${text})` : `${text} (HTTP ${status})`;
}
