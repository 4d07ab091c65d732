import type { ObservableMiddleware, RequestContext } from '@kubernetes/client-node';
import type { Kubernetes } from './client.ts';

/** Options of a call that ends in time: an API server that hangs must not hang its caller. */
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
