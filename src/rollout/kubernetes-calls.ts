import type { ObservableMiddleware, RequestContext } from '@kubernetes/client-node';
import type { Kubernetes } from '../kubernetes/client.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { StoreConflict, storeError } from './store/rollout-store.ts';

/** Options of a call that ends in time: an API server that hangs must not hang the rollout. */
export function inTime(
  { library }: Kubernetes,
  millis: number,
  headers: Readonly<Record<string, string>> = {},
) {
  const limit: ObservableMiddleware = {
    pre: (context: RequestContext) => {
      context.setSignal(AbortSignal.timeout(millis));
      for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
      return new library.Observable(Promise.resolve(context));
    },
    post: (response) => new library.Observable(Promise.resolve(response)),
  };
  return { middleware: [limit], middlewareMergeStrategy: 'append' as const };
}

/** Headers of a JSON merge patch (RFC 7396), which leaves alone what it does not name. */
export function mergePatch({ library }: Kubernetes): Readonly<Record<string, string>> {
  return { 'Content-Type': library.PatchStrategy.MergePatch };
}

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
