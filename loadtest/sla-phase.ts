import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Alertmanager, startAlertmanager } from './alertmanager.ts';
import { DemoService } from './demo-service.ts';
import { type K6Result, startK6 } from './k6.ts';
import type { Control, SlaResult } from './phases.ts';
import { type Prometheus, type PrometheusAlert, startPrometheus } from './prometheus.ts';
import { judgeTimeline, slaLines, Timeline } from './sla-timeline.ts';
import { fillWindows } from './warm-up.ts';

const EVENT = 'exchange_round_trip';
const ALERT = 'PerfSlaBroken';
/** Five times its SLA, as a peer that has become slow. */
const DELAY_MILLIS = 100;
/** An instance this young is still warming up, says the rule. A scrape and an evaluation more. */
const WARM_UP_MILLIS = 100_000;
/** Under load, before anything is slowed down, in which no alert may come. */
const BASELINE_SECONDS = { quick: 2, full: 60 };
/** After which an alert, or its end, is not waited for any longer. */
const ALERT_SECONDS = 60;
const RESOLVE_SECONDS = 180;
/** From the slow-down to the resolve, on most runs. */
const EXPECTED_SECONDS = 100;
const LOOK_MILLIS = 100;
const DEMO = 'sla-demo';

/** Of the part that runs: how much of it is done, 0 to 1, and what it does. */
type TellSla = (share: number, text: string) => void;

/** How long `run` takes, when it was prepared long enough before. */
export function slaSeconds(isQuick: boolean): number {
  return EXPECTED_SECONDS + BASELINE_SECONDS[isQuick ? 'quick' : 'full'];
}

export interface PreparedSla {
  run(options: { readonly isQuick: boolean; readonly onProgress: TellSla }): Promise<SlaResult>;
  /** Ends all that was started. */
  stop(): Promise<void>;
}

/**
 * Starts the demo, a real Prometheus and a real Alertmanager. No alert comes in an instance's first 90 seconds: what is
 * prepared early need not be waited for.
 */
export async function prepareSla({ directory }: { readonly directory: string }): Promise<PreparedSla> {
  await using starting = new AsyncDisposableStack();
  const demo = await DemoService.start({ directory, name: DEMO });
  starting.defer(() => demo.stop());
  const alertmanager = await startAlertmanager({ directory, name: 'sla-alertmanager' });
  starting.defer(() => alertmanager.stop());
  const prometheusStarts = startPrometheus({
    directory,
    name: 'sla-prometheus',
    targets: [`127.0.0.1:${demo.metricsPort}`],
    alertmanagerPort: alertmanager.port,
  });
  starting.defer(() =>
    prometheusStarts.then(
      (prometheus) => prometheus.stop(),
      () => undefined,
    ),
  );
  const [prometheus] = await Promise.all([prometheusStarts, fillWindows(demo, directory, 'sla-warm-up')]);
  const preparedAt = Date.now();
  const started = starting.move();
  return {
    run: ({ isQuick, onProgress }) =>
      new SlaRun({ directory, demo, prometheus, alertmanager, preparedAt, onProgress }).run(isQuick),
    stop: () => started.disposeAsync(),
  };
}

interface SlaParts {
  readonly directory: string;
  readonly demo: DemoService;
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  readonly preparedAt: number;
  readonly onProgress: TellSla;
}

class SlaRun {
  private readonly parts: SlaParts;
  private readonly log: string;
  /** Of the log: what stood in it before the slow-down, or before its end. */
  private logBefore = 0;

  constructor(parts: SlaParts) {
    this.parts = parts;
    this.log = join(parts.directory, `${DEMO}.log`);
  }

  async run(isQuick: boolean): Promise<SlaResult> {
    const { directory, demo, onProgress } = this.parts;
    const beganAt = Date.now();
    const tell = (text: string): void =>
      onProgress(Math.min(1, (Date.now() - beganAt) / 1e3 / slaSeconds(isQuick)), text);
    const k6 = startK6('sla', {
      directory,
      name: 'sla',
      target: demo.url,
      // Ended when all has been seen.
      environment: { DURATION: '20m' },
    });
    try {
      tell('no alert yet');
      const early = await this.baseline(BASELINE_SECONDS[isQuick ? 'quick' : 'full']);
      await this.skipLog();
      const timeline = new Timeline(Date.now());
      if (early.length === 0) await this.slowDown(timeline, tell);
      k6.stop();
      const controls = [silence(early), allAnswered(await k6.result)];
      return {
        verdict: controls.every(({ isKept }) => isKept) ? judgeTimeline(timeline) : 'void',
        event: EVENT,
        delayMillis: DELAY_MILLIS,
        timeline: timeline.entries(),
        controls,
      };
    } finally {
      k6.stop();
      await k6.result.catch(() => undefined);
    }
  }

  /** Alerts about the event that nothing has been done for. */
  private async baseline(seconds: number): Promise<PrometheusAlert[]> {
    const { preparedAt } = this.parts;
    await delay(Math.max(seconds * 1e3, preparedAt + WARM_UP_MILLIS - Date.now()));
    const alert = await this.alert();
    return alert === undefined ? [] : [alert];
  }

  private async slowDown(timeline: Timeline, tell: (text: string) => void): Promise<void> {
    const { demo } = this.parts;
    timeline.mark('slow', Date.now(), `each ${EVENT} takes ${DELAY_MILLIS} ms longer`);
    try {
      await demo.slowDown(EVENT, DELAY_MILLIS);
      await this.follow(timeline, 'notified', ALERT_SECONDS, () => tell('waiting for the alert'));
    } finally {
      await demo.slowDown(EVENT, 0);
    }
    await this.skipLog();
    timeline.mark('fast', Date.now(), `${EVENT} is as fast as before`);
    if (timeline.secondsTo('notified') === undefined) return;
    await this.follow(timeline, 'resolved', RESOLVE_SECONDS, () => tell('waiting for its end'));
  }

  private async skipLog(): Promise<void> {
    this.logBefore = (await stat(this.log)).size;
  }

  /** Notes what happens until the milestone, or until it is waited for no longer. */
  private async follow(
    timeline: Timeline,
    milestone: 'notified' | 'resolved',
    seconds: number,
    tell: () => void,
  ): Promise<void> {
    const deadline = Date.now() + seconds * 1e3;
    const isOver = (): boolean => timeline.secondsTo(milestone) !== undefined;
    while (!isOver() && Date.now() < deadline) {
      await delay(LOOK_MILLIS);
      await this.look(timeline);
      tell();
    }
  }

  private async look(timeline: Timeline): Promise<void> {
    const log = (await readFile(this.log)).subarray(this.logBefore).toString('utf8');
    const isFast = timeline.secondsTo('fast') !== undefined;
    for (const { kind, window, text } of slaLines(log, EVENT)) {
      if (kind === 'broken')
        timeline.mark('violation', Date.now(), `the library: SLA broken over ${window}: ${text}`, window);
      // A second with few events may be without a slow one.
      else if (isFast)
        timeline.mark('recovery', Date.now(), `the library: SLA kept again over ${window}: ${text}`, window);
    }
    const alert = await this.alert();
    if (alert !== undefined) timeline.mark(alert.state, Date.now(), `Prometheus: ${ALERT} is ${alert.state}`);
    for (const { at, status, labels } of this.parts.alertmanager.notifications) {
      if (!isOurs(labels)) continue;
      const milestone = status === 'firing' ? 'notified' : 'resolved';
      timeline.mark(milestone, at, `the webhook is told: ${ALERT} is ${status}`);
    }
  }

  private async alert(): Promise<PrometheusAlert | undefined> {
    return (await this.parts.prometheus.alerts()).find(({ labels }) => isOurs(labels));
  }
}

function isOurs(labels: Readonly<Record<string, string>>): boolean {
  return labels.alertname === ALERT && labels.event === EVENT;
}

function silence(early: readonly PrometheusAlert[]): Control {
  return {
    name: 'silence before',
    isKept: early.length === 0,
    text:
      early.length === 0
        ? `no ${ALERT} of ${EVENT} under load, before it was slowed down`
        : `${ALERT} of ${EVENT} was ${early[0]?.state} before anything was slowed down`,
  };
}

function allAnswered({ requests, dropped, failed }: K6Result): Control {
  return {
    name: 'all answered',
    isKept: requests > 0 && dropped === 0 && failed === 0,
    text: `of ${requests} requests ${failed} failed; ${dropped} could not be sent when they were due`,
  };
}
