// What k6 is told to do, script by script: executors, rates, stages and thresholds. Read by k6 and by the load test itself,
// so that what it expects of k6 is what k6 was asked for. `k6 run -e RATE=100 loadtest/overhead.js` overrides a figure.

const env = typeof __ENV === 'undefined' ? process.env : __ENV;

/** Requests a second: about half of one core in the demo, so that nothing waits but for chance. */
export const RATE = Number(env.RATE || 150);

/** The demo. `K6_TARGET` aims the same script at a service that is deployed. */
export const TARGET = env.K6_TARGET || 'http://127.0.0.1:8080';

// Above them nothing that was measured would be worth much: a request that was not sent, or not answered.
const ALL_ANSWERED = {
  dropped_iterations: ['count==0'],
  http_req_failed: ['rate==0'],
  checks: ['rate==1'],
};

// What is fast enough only the service's owner knows.
const FAST_ENOUGH = env.P99_MILLIS ? { latency: [`p(99)<=${env.P99_MILLIS}`] } : {};

/** A constant rate, whatever the service does: requests are begun when they are due, not when the last one is answered. */
export const overhead = {
  scenarios: {
    candles: {
      executor: 'constant-arrival-rate',
      rate: RATE,
      timeUnit: '1s',
      duration: env.DURATION || '60s',
      preAllocatedVUs: 200,
      maxVUs: 200,
      gracefulStop: '10s',
    },
  },
  thresholds: { ...ALL_ANSWERED, ...FAST_ENOUGH },
};

/** Less, so that slowed-down candles of one symbol still do not wait for one another. */
export const SLA_RATE = Number(env.SLA_RATE || 40);

export const sla = {
  scenarios: {
    candles: { ...overhead.scenarios.candles, rate: SLA_RATE },
  },
  thresholds: ALL_ANSWERED,
};

export const rollout = overhead;

/** Of the stress, in seconds. */
const SECONDS = {
  ramp: Number(env.RAMP || 20),
  hold: Number(env.HOLD || 40),
  flood: Number(env.FLOOD || 20),
  recovery: Number(env.RECOVERY || 20),
};
/** Requests a second: some three times what one core takes. Most cannot be sent, and count as dropped iterations. */
const BEYOND = 1000;

/**
 * From half of what one core takes to far beyond, and back. First with fewer requests at a time than the 256 that the demo lets wait:
 * nothing is refused, and what is answered is what it can do. Then a flood on top, of which most must be refused.
 */
export const stress = {
  scenarios: {
    candles: {
      executor: 'ramping-arrival-rate',
      startRate: 100,
      timeUnit: '1s',
      preAllocatedVUs: 200,
      maxVUs: 200,
      gracefulStop: '10s',
      stages: [
        { target: 200, duration: '0s' },
        { target: BEYOND, duration: `${SECONDS.ramp}s` },
        { target: BEYOND, duration: `${SECONDS.hold + SECONDS.flood}s` },
        { target: 50, duration: '0s' },
        { target: 50, duration: `${SECONDS.recovery}s` },
      ],
    },
    flood: {
      executor: 'constant-arrival-rate',
      rate: BEYOND,
      timeUnit: '1s',
      startTime: `${SECONDS.ramp + SECONDS.hold}s`,
      duration: `${SECONDS.flood}s`,
      preAllocatedVUs: 200,
      maxVUs: 200,
      gracefulStop: '10s',
    },
  },
};
