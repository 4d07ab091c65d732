import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Poller } from '../../../src/fleet/poll/poller.ts';
import { eventually, type Program, startProgram } from '../../support/programs.ts';
import { Answers, honest, Pods } from './pods.ts';

const MEBIBYTE = 1024 * 1024;
const program = fileURLToPath(new URL('./endless-pod.ts', import.meta.url));

let endless: Program;
let pods: Pods;
let answers: Answers;
let poller: Poller;
let url: string;

beforeEach(async () => {
  pods = new Pods();
  answers = new Answers();
  poller = new Poller(answers);
  // A process of its own: it must write faster than the poller can read.
  endless = startProgram(process.execPath, [program]);
  const port = await eventually('the port', async () => /"port":(\d+)/.exec(endless.output())?.[1], 10);
  url = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  poller.close();
  await endless.stop('SIGKILL');
  await pods.close();
});

it.each([
  ['chunks', 'too_large'],
  ['hints', 'unreachable'],
] as const)(
  'endless %s of a few bytes take little memory, and no other target its turn',
  async (kind, reason) => {
    const good = await pods.addMany(5, honest);
    const bad = Array.from({ length: 4 }, (_, i) => ({
      id: `bad-${i}`,
      name: `bad-${i}`,
      service: 'default',
      url: `${url}/${kind}`,
    }));
    poller.setTargets([...bad, ...good]);
    // What it takes to have made connections at all.
    await poller.round();
    const before = process.memoryUsage.rss();
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    for (let i = 0; i < 3; i++) {
      answers.clear();
      await poller.round();
      expect(answers.accepted.size).toBe(good.length);
      // A machine that is busy may not get so far.
      for (const { id } of bad) expect([reason, 'timeout']).toContain(answers.reasons.get(id));
    }
    clearInterval(timer);
    most = Math.max(most, process.memoryUsage.rss());
    expect((most - before) / MEBIBYTE).toBeLessThan(64);
  },
);
