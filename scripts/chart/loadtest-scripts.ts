import { readFileSync } from 'node:fs';

const LOADTEST = new URL('../../loadtest/', import.meta.url);

/** What the chart's Job runs, and what that imports: Helm reads no file outside of the chart. */
const SCRIPTS = ['candles.js', 'options.js', 'overhead.js', 'wait.js'];

/** Path in the chart and text of each script of k6 that the chart holds a copy of. */
export function loadtestScripts(): (readonly [file: string, text: string])[] {
  return SCRIPTS.map((name) => [`files/loadtest/${name}`, readFileSync(new URL(name, LOADTEST), 'utf8')]);
}
