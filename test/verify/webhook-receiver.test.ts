import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookReceiver } from '../../src/verify/webhook-receiver.ts';

let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await WebhookReceiver.listen('127.0.0.1', 0, 'test_id');
});

afterEach(async () => await receiver.close());

async function post(body: string | undefined, method = 'POST'): Promise<number> {
  const url = `http://${receiver.address}/any/path`;
  return (await fetch(url, { method, ...(body !== undefined && { body }) })).status;
}

const notification = (status: string, id: string) =>
  JSON.stringify({
    alerts: [
      { status: 'firing', labels: {} },
      { status, labels: { test_id: id } },
    ],
  });

describe('the receiver of the test alert', () => {
  it('remembers when a firing alert came first', async () => {
    expect(await post(notification('firing', 'mine'))).toBe(200);
    const arrivedAt = receiver.arrivedAt('mine');
    expect(arrivedAt).toBeGreaterThan(0);
    expect(await post(notification('firing', 'mine'))).toBe(200);
    expect(receiver.arrivedAt('mine')).toBe(arrivedAt);
    expect(receiver.arrivedAt('another')).toBeUndefined();
  });

  it('does not take the end of an alert for the alert', async () => {
    expect(await post(notification('resolved', 'mine'))).toBe(200);
    expect(receiver.arrivedAt('mine')).toBeUndefined();
  });

  it.each([
    ['another method', undefined, 'GET', 405],
    ['what is no JSON', '{', 'POST', 400],
    ['JSON that is no notification', 'null', 'POST', 400],
    ['alerts that are no objects', '{"alerts":[null,1]}', 'POST', 200],
  ])('goes on after %s', async (_, body, method, status) => {
    expect(await post(body, method)).toBe(status);
    expect(await post(notification('firing', 'mine'))).toBe(200);
    expect(receiver.arrivedAt('mine')).toBeGreaterThan(0);
  });

  it('reads no more than a mebibyte of a body that does not end', async () => {
    let sent = 0;
    await new Promise<void>((resolve) => {
      const { hostname, port } = new URL(`http://${receiver.address}`);
      const endless = request({ hostname, port, method: 'POST' });
      const chunk = Buffer.alloc(65_536, ' ');
      const send = (): void => {
        sent += chunk.length;
        if (!endless.destroyed) endless.write(chunk, () => setImmediate(send));
      };
      endless.on('response', () => undefined).on('error', () => undefined);
      endless.on('close', resolve);
      send();
    });
    // What lies in the sockets' buffers comes on top.
    expect(sent).toBeLessThan(16 * 1_048_576);
    expect(await post(notification('firing', 'mine'))).toBe(200);
  });
});
