const WIDTH = 24;

/** How much of a part is done, 0 to 1, and what it does at the moment. */
export type Tell = (share: number, text?: string) => void;

/** For two that run at once: the part is as far as the one that is behind. */
export function tellBoth(tell: Tell): [Tell, Tell] {
  const told = [
    { share: 0, text: '' },
    { share: 0, text: '' },
  ];
  const tellOf =
    (i: number): Tell =>
    (share, text = told[i]?.text ?? '') => {
      told[i] = { share, text };
      const texts = told.filter((each) => each.share < 1).map((each) => each.text);
      tell(Math.min(...told.map((each) => each.share)), texts.filter(Boolean).join('; '));
    };
  return [tellOf(0), tellOf(1)];
}

/** A bar with the time left on a terminal, a line for each new text elsewhere; on stderr. */
export class Progress {
  private readonly seconds: Readonly<Record<string, number>>;
  private readonly beganAt = performance.now();
  private done = 0;
  private drawn = '';

  /** Parts in their order, and how long each is expected to take. */
  constructor(seconds: Readonly<Record<string, number>>) {
    this.seconds = seconds;
  }

  /** Runs a part, whose `tell` says how much of it is done, 0 to 1, and what it does at the moment. */
  async part<T>(name: string, run: (tell: Tell) => Promise<T>): Promise<T> {
    const expected = this.seconds[name] ?? 0;
    const began = performance.now();
    let told = { share: 0, text: '' };
    // What is told comes rarely: between, time passes as expected, but no part is done before it says so.
    const draw = (): void => {
      const byTime = Math.min(0.98, (performance.now() - began) / 1e3 / expected);
      this.draw(name, told.text, expected, told.share > 0 ? told.share : byTime);
    };
    const timer = setInterval(draw, 500);
    draw();
    try {
      return await run((share, text = told.text) => {
        told = { share, text };
        draw();
      });
    } finally {
      clearInterval(timer);
      this.done += expected;
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    }
  }

  private draw(name: string, text: string, expected: number, share: number): void {
    const total = Object.values(this.seconds).reduce((sum, value) => sum + value, 0);
    const finished = this.done + share * expected;
    const label = text === '' ? name : `${name}: ${text}`;
    const left = `${clock(total - finished)} left`;
    if (process.stderr.isTTY) {
      const filled = Math.round((WIDTH * finished) / total);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      process.stderr.write(`\r\x1b[K${bar} ${left} · ${label}`);
    } else if (label !== this.drawn) {
      process.stderr.write(
        `loadtest: ${clock((performance.now() - this.beganAt) / 1e3)}, ${left} · ${label}\n`,
      );
      this.drawn = label;
    }
  }
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
