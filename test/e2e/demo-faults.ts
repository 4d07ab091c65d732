import { throughPort } from './cluster.ts';

/** Slows the event down in one pod of the demo; 0 ends that. It is in force when this resolves. */
export async function delayEvent(
  namespace: string,
  pod: string,
  event: string,
  delayMillis: number,
): Promise<void> {
  await throughPort(namespace, `pod/${pod}`, 9464, async (url) => {
    const response = await fetch(`${url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event, delay_ms: delayMillis }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`/faults of ${pod} answered ${response.status}: ${text}`);
  });
}
