import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RolloutDecision, RolloutStatus } from '../../../src/contract/rollout.ts';
import { DirectoryLease } from '../../../src/rollout/leadership/directory-lease.ts';
import { Leadership } from '../../../src/rollout/leadership/leadership.ts';
import type { Lease } from '../../../src/rollout/leadership/lease.ts';
import { optionsDocument } from '../../../src/rollout/plan/options-document.ts';
import { parseRolloutState } from '../../../src/rollout/plan/state.ts';
import {
  RolloutController,
  type RolloutControllerSettings,
} from '../../../src/rollout/rollout-controller.ts';
import { DirectoryStore } from '../../../src/rollout/store/directory-store.ts';
import { eventually } from '../../support/programs.ts';
import { type SimulatedPod, simulatedFleet } from './simulated-fleet.ts';

interface Line {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A rollout in a directory of its own, over simulated pods, on a clock that goes `millisPerLook` ahead at each tick. */
export class RolloutRun implements AsyncDisposable {
  directory = '';
  pods: SimulatedPod[] = Array(6).fill({});
  readonly lines: Line[] = [];
  readonly announced: RolloutDecision[] = [];
  readonly controllers: RolloutController[] = [];
  /** From the time of day on, as the command line asks by that. */
  now = Date.now();
  millisPerLook = 100;

  static async create(spec: string | null): Promise<RolloutRun> {
    const run = new RolloutRun();
    run.directory = await mkdtemp(join(tmpdir(), 'rollout-run-'));
    if (spec !== null) await run.writeSpec(spec);
    return run;
  }

  get store(): DirectoryStore {
    return new DirectoryStore(this.directory);
  }

  async writeSpec(spec: string): Promise<void> {
    await writeFile(join(this.directory, 'spec.yaml'), spec);
  }

  start(
    settings: Partial<RolloutControllerSettings> & { leaseMillis?: number; lease?: Lease } = {},
  ): RolloutController {
    const { leaseMillis = 15_000, lease = new DirectoryLease(this.directory), ...rest } = settings;
    const write = (level: Line['level']) => (fields: Line['fields'], message: string) =>
      void this.lines.push({ level, message, fields });
    const log = { info: write('info'), warn: write('warn') };
    const leadership = new Leadership({ lease, identity: randomUUID(), log, leaseMillis });
    const controller = new RolloutController({
      store: this.store,
      leadership,
      fleet: () => {
        this.now += this.millisPerLook;
        return simulatedFleet(join(this.directory, 'options.yaml'), this.now, this.pods);
      },
      log,
      announce: async (decision) => void this.announced.push(decision),
      wallClock: () => this.now,
      tickMillis: 2,
      ...rest,
    });
    this.controllers.push(controller);
    controller.start();
    return controller;
  }

  async storedStatus(): Promise<RolloutStatus | null> {
    const { status, evidence } = await this.store.readState();
    return status === null ? null : parseRolloutState(status, evidence).status;
  }

  async until(what: string, holds: (status: RolloutStatus) => boolean, seconds = 15): Promise<RolloutStatus> {
    return await eventually(
      what,
      async () => {
        const status = await this.storedStatus();
        return status !== null && holds(status) ? status : undefined;
      },
      seconds,
    );
  }

  /** Resolves when the options file is what the stored status says. */
  async consistent(): Promise<void> {
    await eventually(
      'options that fit the status',
      async () => {
        const status = await this.storedStatus();
        const { text } = await this.store.readOptions();
        return status !== null && text === optionsDocument(status) ? true : undefined;
      },
      10,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.controllers.map((controller) => controller.stop()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Each row follows from the one before it, oldest first: nothing was decided twice, or on a state that was not the last. */
export function brokenChain(rows: readonly RolloutDecision[]): string[] {
  return rows.flatMap(({ from, at, decision }, i) => {
    const before = rows[i - 1];
    if (before === undefined) return [];
    return before.to === from && before.at <= at
      ? []
      : [`${before.decision} to ${before.to}, then ${decision} from ${from}`];
  });
}
