import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder in which the packed package and its dependencies are installed, as a user would have them. */
export class Consumer implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'perf-metrics-consumer-'));
  readonly files: readonly string[];
  readonly packageFolder = join(this.folder, 'node_modules', 'perf-metrics');

  constructor() {
    const packed = execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', this.folder],
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [tarball] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    this.files = tarball.files.map(({ path }) => path).sort();
    mkdirSync(this.packageFolder, { recursive: true });
    execFileSync('tar', [
      '-xzf',
      join(this.folder, tarball.filename),
      '--strip-components=1',
      '-C',
      this.packageFolder,
    ]);
    for (const name of [...Object.keys(this.manifest().dependencies), '@types/node']) this.#link(name);
  }

  manifest(): {
    dependencies: Record<string, string>;
    bin: Record<string, string>;
    engines: { node: string };
  } {
    return JSON.parse(readFileSync(join(this.packageFolder, 'package.json'), 'utf8'));
  }

  /** Links a package to the one that the repository has installed: it finds its own dependencies there. */
  #link(name: string): void {
    const target = join(this.folder, 'node_modules', name);
    mkdirSync(join(target, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), target, 'dir');
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  /** The output of a program of the repository's node_modules/.bin, run in the consumer's folder. */
  run(command: string, ...args: string[]): { status: number; output: string } {
    const path = join(root, 'node_modules', '.bin', command);
    try {
      return {
        status: 0,
        output: execFileSync(path, args, { cwd: this.folder, encoding: 'utf8', stdio: 'pipe' }),
      };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { status, output: `${stdout}${stderr}` };
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
