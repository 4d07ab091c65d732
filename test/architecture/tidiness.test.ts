import { describe, expect, it } from 'vitest';
import { typescriptFiles } from './files.ts';

const MAX_LINES = 400;
const files = Object.fromEntries(
  ['src', 'test', 'bench', 'scripts', 'grafana'].flatMap((folder) =>
    Object.entries(typescriptFiles(folder)).map(([path, source]) => [`${folder}/${path}`, source]),
  ),
);

const tooLong = (all: Record<string, string>) =>
  Object.keys(all).filter((path) => (all[path] as string).trimEnd().split('\n').length > MAX_LINES);
const shapeless = (paths: string[]) =>
  paths.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.ts|\/)/.test(path));

describe('files', () => {
  it(`have at most ${MAX_LINES} lines`, () => {
    expect(tooLong(files)).toEqual([]);
  });

  it('are named after what they hold', () => {
    expect(shapeless(Object.keys(files))).toEqual([]);
  });
});

describe('the checks of files', () => {
  it('count lines', () => {
    expect(tooLong({ long: 'x\n'.repeat(MAX_LINES + 1), fits: 'x\n'.repeat(MAX_LINES) })).toEqual(['long']);
  });

  it('know the names that say nothing', () => {
    const names = [
      'src/utils.ts',
      'test/helpers.ts',
      'src/utils/a.ts',
      'src/helper.ts',
      'src/record/ring.ts',
    ];
    expect(shapeless(names)).toEqual(names.slice(0, 4));
  });
});
