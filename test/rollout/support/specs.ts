/** Three steps of so many seconds, with gates that simulated pods pass. */
export function quickSpec(holdSeconds: number, extra: object = {}): string {
  const hold = `${Math.round(holdSeconds * 1000)}ms`;
  return JSON.stringify({
    baseline: { hold },
    steps: [0.1, 0.5, 1].map((samplingRate) => ({ samplingRate, hold })),
    control: { ratio: 0.34 },
    limits: { minEvents: 10 },
    ...extra,
  });
}
