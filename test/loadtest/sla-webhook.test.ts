import { expect, it } from 'vitest';
import { WebhookReceiver } from '../../loadtest/webhook.ts';

it('keeps each alert of what is posted to it, with the time, and refuses what is none', async () => {
  const receiver = await WebhookReceiver.listen();
  try {
    const post = (body: string): Promise<Response> => fetch(receiver.url, { method: 'POST', body });
    const before = Date.now();
    const alerts = [
      { status: 'firing', labels: { alertname: 'A', event: 'e' }, annotations: {} },
      { status: 'resolved', labels: { alertname: 'B' } },
    ];
    expect((await post(JSON.stringify({ alerts }))).status).toBe(200);
    expect((await post('no JSON')).status).toBe(400);

    expect(receiver.notifications).toEqual([
      { at: expect.any(Number), status: 'firing', labels: { alertname: 'A', event: 'e' } },
      { at: expect.any(Number), status: 'resolved', labels: { alertname: 'B' } },
    ]);
    expect(receiver.notifications[0]?.at).toBeGreaterThanOrEqual(before);
  } finally {
    await receiver.stop();
  }
});
