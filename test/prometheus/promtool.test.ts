import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { collectFamilies } from '../../src/export/families.ts';
import { renderText } from '../../src/export/text.ts';
import { busyPicture } from '../export/picture.ts';
import { toolPath } from '../support/tools.ts';

/** Its linter knows quantiles of summaries alone; ours are gauges, since a summary has no windows. */
const KNOWN =
  /^perf_event_(quantile_seconds|value_quantile|window_seconds|window_value) non-summary metrics should not have "quantile" label$/;

function complaints(text: string): string[] {
  const { stdout, stderr } = spawnSync(toolPath('promtool'), ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !KNOWN.test(line));
}

describe('promtool check metrics', () => {
  it('takes the text exposition, with nothing else that its linter minds', () => {
    expect(complaints(renderText(collectFamilies(busyPicture().source)))).toEqual([]);
  });

  it('would complain', () => {
    expect(complaints('# HELP a b\n# TYPE a counter\na 1\n')).not.toEqual([]);
    expect(complaints('nonsense {')).not.toEqual([]);
  });
});
