import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readCounters } from './counter-file.ts';
import { DemoService } from './demo-service.ts';
import { type K6Result, startK6 } from './k6.ts';
import type { Control, StressRun } from './phases.ts';
import { eventually } from './processes.ts';
import { bySecond, type RampPlan, type SamplingLook, throughputOf } from './stress-seconds.ts';
import { fillWindows, readJournal } from './warm-up.ts';

/** Off is all that can be switched off: recording, aggregation and the answers to scrapes. */
const OFF = { PERF_ENABLED: 'false', PERF_AGGREGATION_ENABLED: 'false', PERF_EXPORT_ENABLED: 'false' };
/** The smallest there is: recording takes some 0.02 % of a thread here, and by default may take 1 %. */
const TIGHT_BUDGET = { overheadBudgetRatio: 0.0001 };
const LOOK_MILLIS = 250;
/** How long it may take until the sampling rate is back: it is doubled every 2.5 seconds. */
const RAISE_SECONDS = 20;
/** After the load, an answer that takes longer is none. */
const RECOVERY_SECONDS = 5;
const CANDLE_SLA_MILLIS = 50;

export interface RampOptions {
  readonly name: StressRun['name'];
  readonly directory: string;
  readonly plan: RampPlan;
  readonly tell: (text: string) => void;
}

export interface RampResult {
  readonly run: StressRun;
  /** Whether more was asked for than could be answered; if not, the throughput is k6's, not the demo's. */
  readonly saturation: Control;
  /** What must hold of the demo. */
  readonly controls: readonly Control[];
}

/** One ramp of k6, at a demo of its own, with measuring off or on. */
export async function runRamp(options: RampOptions): Promise<RampResult> {
  const { name, directory, plan, tell } = options;
  await using stack = new AsyncDisposableStack();
  const demo = await DemoService.start({
    directory,
    name: `stress-${name}-demo`,
    environment: name === 'off' ? OFF : {},
  });
  stack.defer(() => demo.stop());
  tell(`measuring ${name}, warming up`);
  await fillWindows(demo, directory, `stress-${name}-warm-up`);
  const { requests: before } = await demo.probe();
  const k6 = startK6('stress', {
    directory,
    name: `stress-${name}`,
    target: demo.url,
    environment: {
      RAMP: String(plan.ramp),
      HOLD: String(plan.hold),
      FLOOD: String(plan.flood),
      RECOVERY: String(plan.recovery),
    },
  });
  stack.defer(async () => {
    k6.stop();
    await k6.result.catch(() => undefined);
  });
  await eventually('the first request', async () => (await demo.probe()).requests > before || undefined, {
    everyMillis: 20,
  });
  tell(`measuring ${name}, to saturation and beyond`);
  const floodAt = Date.now() + (plan.ramp + plan.hold) * 1e3;
  const looks = name === 'on' ? await follow(demo, k6.result, floodAt) : [];
  const result = await k6.result;
  const path = join(directory, `stress-${name}.csv.gz`);
  const counts = await readCounters(path, ['answered', 'refused']);
  const beganAt = result.samples[0]?.dueAt ?? 0;
  const seconds = plan.ramp + plan.hold + plan.flood + plan.recovery;
  const controls = [standing(name, demo, result, counts), await recovered(name, demo, result, plan)];
  if (name === 'on') controls.push(await adapted(demo, looks), await accounted(demo));
  return {
    run: {
      name,
      requests: result.requests,
      answered: counts.answered.length,
      throughput: throughputOf(plan, beganAt, counts.answered),
      perSecond: bySecond(beganAt, seconds, counts.answered, looks),
    },
    saturation: saturated(name, result, counts.refused.length),
    controls,
  };
}

/** Sampling rates until k6 has ended. Recording has next to no budget from the flood on. */
async function follow(
  demo: DemoService,
  result: Promise<K6Result>,
  floodAt: number,
): Promise<SamplingLook[]> {
  const looks: SamplingLook[] = [];
  let isRunning = true;
  let isTight = false;
  void result
    .catch(() => undefined)
    .then(() => {
      isRunning = false;
    });
  while (isRunning) {
    await delay(LOOK_MILLIS);
    if (!isTight && Date.now() >= floodAt) {
      demo.writeOptions(TIGHT_BUDGET);
      isTight = true;
    }
    const look = await lookAt(demo);
    if (look !== undefined) looks.push(look);
  }
  return looks;
}

/** `undefined` from a demo that has crashed, which is told of elsewhere. */
async function lookAt(demo: DemoService): Promise<SamplingLook | undefined> {
  const stats = await demo.stats().catch(() => undefined);
  return stats && { at: stats.at, samplingRate: stats.sampling.ratio };
}

function standing(
  name: string,
  demo: DemoService,
  { requests, dropped }: K6Result,
  { answered, refused }: Record<'answered' | 'refused', readonly number[]>,
): Control {
  const otherwise = requests - answered.length - refused.length;
  return {
    name: `no crash, measuring ${name}`,
    isKept: demo.isRunning && otherwise === 0,
    text: `of ${requests} requests ${answered.length} were answered, ${refused.length} refused with 503, ${otherwise} neither; ${dropped} more could not be sent${demo.isRunning ? '' : '; the demo has ended'}`,
  };
}

function saturated(name: string, { dropped }: K6Result, refused: number): Control {
  return {
    name: `beyond saturation, measuring ${name}`,
    isKept: dropped > 0 && refused > 0,
    text: `${refused} requests were refused and ${dropped} could not be sent when they were due`,
  };
}

/** Nothing waits any more, and a candle is answered. */
async function recovered(
  name: string,
  demo: DemoService,
  { samples }: K6Result,
  { ramp, hold, flood }: RampPlan,
): Promise<Control> {
  const fellAt = (samples[0]?.dueAt ?? 0) + (ramp + hold + flood) * 1e3;
  const lastSlow = samples
    .filter(({ latencyMillis }) => latencyMillis > CANDLE_SLA_MILLIS)
    .reduce((last, { dueAt, latencyMillis }) => Math.max(last, dueAt + latencyMillis), fellAt);
  try {
    const { queued } = await readJournal(demo);
    const beganAt = performance.now();
    const status = await sendCandle(demo);
    const millis = performance.now() - beganAt;
    return {
      name: `recovery, measuring ${name}`,
      isKept: queued === 0 && status === 200,
      text: `the last answer that took more than ${CANDLE_SLA_MILLIS} ms came ${((lastSlow - fellAt) / 1e3).toFixed(1)} s after the load fell; then ${queued} candles waited, and one more was answered with ${status} after ${millis.toFixed(0)} ms`,
    };
  } catch (error) {
    return { name: `recovery, measuring ${name}`, isKept: false, text: (error as Error).message };
  }
}

async function sendCandle(demo: DemoService): Promise<number> {
  const candle = { date: '2020-01-02', open: 100, high: 101, low: 99, close: 100, volume: 1e6 };
  const response = await fetch(`${demo.url}/candles`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ symbol: 'AAPL', ...candle }),
    signal: AbortSignal.timeout(RECOVERY_SECONDS * 1e3),
  });
  await response.arrayBuffer();
  return response.status;
}

async function adapted(demo: DemoService, looks: readonly SamplingLook[]): Promise<Control> {
  const lowest = Math.min(1, ...looks.map(({ samplingRate }) => samplingRate));
  const endedAt = Date.now();
  const isBack = await eventually(
    'the sampling rate to be back',
    async () => (await lookAt(demo))?.samplingRate === 1 || undefined,
    { seconds: RAISE_SECONDS },
  ).catch(() => false);
  const seconds = ((Date.now() - endedAt) / 1e3).toFixed(0);
  return {
    name: 'adaptive sampling',
    isKept: lowest < 1 && isBack,
    text: `with a budget of ${100 * TIGHT_BUDGET.overheadBudgetRatio} % of a thread the sampling rate fell to ${100 * lowest} % under load, and ${isBack ? `was 100 % again ${seconds} s after k6 had ended` : `was not 100 % again after ${seconds} s`}`,
  };
}

/** Of each record that was written it is known what became of it. */
async function accounted(demo: DemoService): Promise<Control> {
  const ring = await demo.stats().then(
    (stats) => stats.ring,
    () => undefined,
  );
  return {
    name: 'records of the ramp',
    isKept: ring !== undefined && ring.recorded > 0 && ring.recorded === ring.aggregated + ring.overwritten,
    text:
      ring === undefined
        ? 'the demo does not answer'
        : `${ring.recorded} records were written: ${ring.aggregated} aggregated, ${ring.overwritten} overwritten`,
  };
}
