import { ApiException } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { apiFailure } from '../../src/kubernetes/failure.ts';
import { freePort } from '../support/programs.ts';

describe('what an API server objects to', () => {
  it('is told in the words of its status, without the headers', () => {
    const body = JSON.stringify({ kind: 'Status', message: 'pods is forbidden' });
    const exception = new ApiException(403, 'Unknown', body, { 'set-cookie': 'secret' });
    expect(apiFailure(exception)).toEqual({ status: 403, text: 'pods is forbidden' });
  });

  it('is told by its first line when it is no status', () => {
    expect(apiFailure(new ApiException(502, 'x', '<html>', {}))).toEqual({
      status: 502,
      text: 'HTTP-Code: 502',
    });
    expect(apiFailure(Object.assign(new Error('Gone'), { statusCode: 410 }))).toEqual({
      status: 410,
      text: 'Gone',
    });
  });

  it('has no status when there was no answer, and says why there was none', async () => {
    const port = await freePort();
    const refused = await fetch(`http://127.0.0.1:${port}`).catch((error: unknown) => error);
    expect(apiFailure(refused)).toEqual({ status: 0, text: `connect ECONNREFUSED 127.0.0.1:${port}` });
    const late = await new Promise((resolve) => {
      const signal = AbortSignal.timeout(1);
      signal.addEventListener('abort', () => resolve(signal.reason));
    });
    expect(apiFailure(late)).toEqual({ status: 0, text: 'The operation was aborted due to timeout' });
    expect(apiFailure(undefined).status).toBe(0);
  });
});
