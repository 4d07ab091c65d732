import type { FleetStatistics, PodFigures, PodStatistics } from '../../../src/contract/fleet.ts';
import { Random } from '../../../src/demo/random.ts';

export interface Options {
  readonly generation: number;
  readonly enabled: boolean;
  readonly samplingRate?: number;
  readonly control: readonly string[];
}

/** How a fleet behaves: shares and seconds. */
export interface Behaviour {
  eventsPerSecond: number;
  cpuSecondsPerEvent: number;
  /** Of CPU, in pods that measure at a rate of 1. */
  cpuIncrease: number;
  overhead: number;
  loopDelaySeconds: number;
  loopDelayIncrease: number;
  errorRatio: number;
  breachRatio: number;
  /** Records a second, in pods that measure. */
  lost: number;
  /** Share by which figures of a second vary. */
  noise: number;
}

export const HEALTHY: Behaviour = {
  eventsPerSecond: 1000,
  cpuSecondsPerEvent: 1e-4,
  cpuIncrease: 0.001,
  overhead: 0.002,
  loopDelaySeconds: 0.0005,
  loopDelayIncrease: 0,
  errorRatio: 0.001,
  breachRatio: 0.002,
  lost: 0,
  noise: 0.01,
};

export class SimulatedPod {
  readonly id: string;
  readonly name: string;
  options: Options = { generation: 0, enabled: true, samplingRate: 1, control: [] };
  /** Rounds until it reads the options file again. */
  behind = 0;
  /** Null: as asked. */
  adaptiveRate: number | null = null;
  isSetAside = false;
  startedAt: number;
  figures = { cpuSeconds: 0, offered: 0, loopDelaySeconds: 0, loopBeats: 0, overwritten: 0 };
  counts = { count: 0, errors: 0, breaches: 0 };
  overhead = 0;

  constructor(name: string, now: number) {
    this.id = `uid-${name}`;
    this.name = name;
    this.startedAt = now;
  }

  get isEnabled(): boolean {
    return this.options.enabled && !this.options.control.includes(this.name);
  }

  get rate(): number {
    return this.adaptiveRate ?? this.options.samplingRate ?? 1;
  }

  restart(now: number): void {
    this.startedAt = now;
    this.figures = { cpuSeconds: 0, offered: 0, loopDelaySeconds: 0, loopBeats: 0, overwritten: 0 };
    this.counts = { count: 0, errors: 0, breaches: 0 };
  }

  pass(seconds: number, behaviour: Behaviour, random: Random): void {
    const measured = this.isEnabled ? this.rate : 0;
    const varied = (): number => Math.max(0.1, 1 + behaviour.noise * random.normal());
    const events = behaviour.eventsPerSecond * seconds * varied();
    const cpu = behaviour.cpuSecondsPerEvent * (1 + behaviour.cpuIncrease * measured) * varied();
    this.figures.offered += Math.round(events);
    this.figures.cpuSeconds += Math.round(events * cpu * 1e6) / 1e6;
    this.figures.loopBeats += Math.round(seconds * 50);
    const delay = behaviour.loopDelaySeconds + (this.isEnabled ? behaviour.loopDelayIncrease : 0);
    this.figures.loopDelaySeconds += Math.round(seconds * 50 * delay * varied() * 1e6) / 1e6;
    this.overhead = this.isEnabled ? behaviour.overhead * measured : 0;
    if (!this.isEnabled) return;
    this.figures.overwritten += Math.round(behaviour.lost * seconds);
    this.counts.count += Math.round(events);
    this.counts.errors += events * behaviour.errorRatio;
    this.counts.breaches += events * behaviour.breachRatio;
  }

  statistics(now: number): PodStatistics {
    const minute = {
      count: 0,
      errors: 0,
      breaches: 0,
      compliance: null,
      mean: null,
      min: null,
      max: null,
      quantiles: null,
    };
    const figures: PodFigures = {
      ...this.figures,
      at: now,
      startedAt: this.startedAt,
      instance: this.name,
      enabled: this.isEnabled,
      generation: this.options.generation,
      rate: this.rate,
      targetRate: this.options.samplingRate ?? 1,
      recordOverheadRatio: this.overhead / 2,
      aggregateOverheadRatio: this.overhead / 2,
      recorded: this.counts.count,
      events:
        this.counts.count === 0
          ? []
          : [{ event: 'order_execution', unit: 'seconds', objective: 0.99, ...this.counts, minute }],
    };
    return {
      id: this.id,
      name: this.name,
      service: 'trading',
      url: `http://${this.name}:9464`,
      state: this.isSetAside ? 'set_aside' : 'merged',
      reason: this.isSetAside ? 'timeout' : null,
      mergedAt: now,
      figures,
    };
  }
}

/** Pods that read the options file a round late and do work. */
export class SimulatedFleet {
  pods: SimulatedPod[] = [];
  behaviour: Behaviour = { ...HEALTHY };
  private readonly random: Random;
  private named = 0;

  constructor(pods: number, now: number, seed = 1) {
    this.random = new Random(seed, 'fleet');
    for (let i = 0; i < pods; i++) this.add(now);
  }

  add(now: number): void {
    this.pods.push(new SimulatedPod(`engine-${this.named++}`, now));
  }

  heal(): void {
    this.behaviour = { ...HEALTHY };
    for (const pod of this.pods) {
      pod.behind = 0;
      pod.adaptiveRate = null;
      pod.isSetAside = false;
    }
  }

  pass(seconds: number, document: string): void {
    const options = JSON.parse(document) as Options;
    for (const pod of this.pods) {
      if (pod.behind > 0) pod.behind--;
      else pod.options = options;
      pod.pass(seconds, this.behaviour, this.random);
    }
  }

  statistics(now: number): FleetStatistics {
    const pods = this.pods.map((pod) => pod.statistics(now));
    return {
      at: now,
      startedAt: 0,
      round: {
        rounds: 1,
        late: 0,
        durationSeconds: 0,
        lagSeconds: 0,
        targets: pods.length,
        merged: pods.length,
      },
      overall: { service: '', pods: pods.length, events: [], recorded: 0, overwritten: 0 },
      services: [],
      pods,
      setAside: {},
      slaChanges: [],
    };
  }
}
