import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runRollout } from '../../../src/commands/rollout.ts';
import { UsageError } from '../../../src/commands/usage.ts';
import { awaitAnswer } from '../../../src/rollout/await-answer.ts';
import { DEFAULT_SPEC_TEXT, parseRolloutSpec } from '../../../src/rollout/plan/spec.ts';
import { RolloutRun } from '../support/rollout-run.ts';
import { quickSpec } from '../support/specs.ts';

async function command(...args: string[]): Promise<string> {
  let text = '';
  const io = {
    print: (part: string) => {
      text += part;
    },
    warn: () => undefined,
  };
  await runRollout(args, io);
  return text;
}

async function ready(): Promise<RolloutRun> {
  const run = await RolloutRun.create(quickSpec(1000));
  run.millisPerLook = 0;
  run.start();
  await run.until('a start', ({ phase }) => phase === 'baseline');
  return run;
}

describe('perf-metrics rollout', () => {
  it('pauses, resumes, promotes and aborts a rollout that somebody leads, and says what became of it', async () => {
    await using run = await ready();
    const ask = (verb: string, ...args: string[]) =>
      command(verb, '--state-dir', run.directory, '--by', 'eve', ...args);
    expect(await ask('pause')).toMatch(/^pause: asked for; now paused/);
    expect(await ask('resume', '--wait')).toMatch(/^resume: asked for; now baseline/);
    expect(await ask('promote')).toMatch(/^promote: asked for; now progressing/);
    expect(await ask('abort')).toMatch(/^abort: asked for; now aborted/);
    const { decisions } = await run.until('the rows', ({ phase }) => phase === 'aborted');
    expect(decisions.slice(0, 4).map(({ decision, by }) => `${decision} ${by}`)).toEqual([
      'abort eve',
      'promote eve',
      'resume eve',
      'pause eve',
    ]);
  });

  it('says why a request was refused', async () => {
    await using run = await ready();
    await expect(command('resume', '--state-dir', run.directory)).rejects.toMatchObject({
      code: 'PERF_ROLLOUT_REFUSED',
      message: 'resume refused: the rollout is baseline',
    });
  });

  it('shows the status, for people and for programs', async () => {
    await using run = await ready();
    expect(await command('status', '--state-dir', run.directory)).toMatch(/baseline/);
    const status = JSON.parse(await command('status', '--json', '--state-dir', run.directory));
    expect(status).toMatchObject({ schemaVersion: 1, phase: 'baseline', stepCount: 3 });
  });

  it('says after ten seconds that nobody answers, and a leader that comes later does', {
    timeout: 40_000,
  }, async () => {
    await using run = await ready();
    await run.controllers[0].stop();
    await expect(command('pause', '--state-dir', run.directory)).rejects.toThrow(
      /nobody has answered within 10 s.* stays stored/,
    );
    const asked = (await run.store.readState()).request?.id;
    run.start();
    const { answeredRequest } = await run.until('an answer', ({ phase }) => phase === 'paused');
    expect([answeredRequest, (await run.store.readState()).request]).toEqual([asked, null]);
  });

  it('says who has asked for something else meanwhile', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    const pause = { id: 'mine', verb: 'pause', by: 'eve', at: Date.now() } as const;
    await run.store.writeRequest(pause);
    const told = expect(awaitAnswer(run.store, pause, new Set(), true)).rejects.toThrow(
      'pause was not answered: mallory has asked to abort since',
    );
    await run.store.writeRequest({ id: 'another', verb: 'abort', by: 'mallory', at: 1 });
    await told;
  });

  it('does not replace what another has asked for and waits for', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    await run.store.writeRequest({ id: 'another', verb: 'abort', by: 'ada', at: Date.now() });
    await expect(command('pause', '--state-dir', run.directory)).rejects.toThrow(
      /^ada has asked to abort just now/,
    );
  });

  it('writes the plan that it starts with, once', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'rollout-init-'));
    try {
      const directory = join(parent, 'state');
      expect(await command('init', '--state-dir', directory)).toContain(join(directory, 'spec.yaml'));
      const text = await readFile(join(directory, 'spec.yaml'), 'utf8');
      expect(text).toBe(DEFAULT_SPEC_TEXT);
      expect(parseRolloutSpec(text, 'spec').steps.map(({ samplingRate }) => samplingRate)).toEqual([
        0.1, 0.5, 1,
      ]);
      await expect(command('init', '--state-dir', directory)).rejects.toThrow(/exists already/);
      await expect(command('status', '--state-dir', directory)).rejects.toThrow(
        /nothing has been decided yet/,
      );
    } finally {
      await rm(parent, { recursive: true });
    }
  });

  it.each([
    [[], /takes one of init, status/],
    [['explode'], /takes one of init, status/],
    [['status', 'now'], /takes one of init, status/],
    [['status', '--by', 'eve', '--state-dir', 'd'], /rollout status takes no --by/],
    [['pause', '--json', '--state-dir', 'd'], /rollout pause takes no --json/],
    [['pause', '--colour'], /Unknown option '--colour'/],
    [['pause', '--by', '', '--state-dir', 'd'], /--by takes a name/],
    [['init'], /init takes --state-dir DIR/],
    [['status', '--state-dir', ''], /--state-dir takes a directory/],
    [['status', '--state-dir', 'd', '--namespace', 'n'], /not both/],
  ])('refuses %j as usage', async (args, sentence) => {
    const refused = command(...args);
    await expect(refused).rejects.toThrow(sentence);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });
});
