import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { PerfMetricsError, thrownText } from '../../contract/errors.ts';
import type { Target } from '../../contract/fleet.ts';
import type { Discovery, DiscoverySettings } from './discovery.ts';
import { entryOf, type TargetEntry, targetsOf } from './target-entry.ts';

/** As an options file's: a mounted ConfigMap changes by a swap of symbolic links, which file events miss. */
const POLL_MILLIS = 500;
const MAX_CHARACTERS = 4 * 1024 * 1024;
const KEYS: readonly string[] = ['url', 'service', 'name'];

/**
 * Reads a YAML or JSON list, of `{ url, service?, name? }` or of what `--target` takes.
 *
 * @throws PerfMetricsError `PERF_FLEET`, saying what to change.
 */
export function parseTargetsFile(text: string): Target[] {
  if (text.length > MAX_CHARACTERS)
    throw bad(`it is larger than ${MAX_CHARACTERS} characters: name fewer targets`);
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw bad(`it is no YAML or JSON: ${thrownText(error).split('\n')[0]}`);
  }
  // Also a file that is just being written, and empty for a moment.
  if (!Array.isArray(content)) {
    throw bad('it must hold a list such as [{"url": "http://10.0.0.7:9464", "service": "a"}]');
  }
  return targetsOf(content.map(readEntry));
}

function readEntry(entry: unknown): TargetEntry {
  if (typeof entry === 'string') return entryOf(entry);
  const isMapping = typeof entry === 'object' && entry !== null && !Array.isArray(entry);
  const fields = isMapping ? Object.entries(entry) : [];
  if (fields.length === 0) throw bad('it holds an entry that is neither a URL nor a mapping with a url');
  for (const [key, value] of fields) {
    if (!KEYS.includes(key))
      throw bad(`it holds the key ${JSON.stringify(key)}: only url, service and name are known`);
    if (typeof value !== 'string') throw bad(`it holds a ${key} that is no text: put it in quotes`);
  }
  const { url, ...rest } = Object.fromEntries(fields) as Partial<TargetEntry>;
  if (url === undefined) throw bad('it holds an entry without a url');
  return { url, ...rest };
}

function bad(problem: string): PerfMetricsError {
  return new PerfMetricsError('PERF_FLEET', problem);
}

export interface TargetsFileSettings extends DiscoverySettings {
  readonly path: string;
}

/**
 * Follows a file of targets. One that is bad or gone leaves the last good list in force and is reported once, until it
 * is good again.
 */
export class TargetsFile implements Discovery {
  private readonly settings: TargetsFileSettings;
  private text: string | undefined;
  private reported: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(settings: TargetsFileSettings) {
    this.settings = settings;
  }

  async start(): Promise<void> {
    await this.look();
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.start(), POLL_MILLIS);
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const { path, log, onTargets } = this.settings;
    try {
      const text = await this.read();
      if (this.isStopped || text === this.text) return;
      this.text = text;
      const targets = parseTargetsFile(text);
      this.reported = undefined;
      log.info({ path, targets: targets.length }, 'the targets file was read');
      onTargets(targets);
    } catch (error) {
      const problem = thrownText(error);
      if (problem === this.reported) return;
      this.reported = problem;
      log.warn({ path, problem }, 'the targets file cannot be used: the last good list stays in force');
    }
  }

  /** A file that could not be read is looked at anew when it can be, even if it says what it said before. */
  private async read(): Promise<string> {
    try {
      return await readFile(this.settings.path, 'utf8');
    } catch (error) {
      this.text = undefined;
      throw error;
    }
  }
}
