import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { thrownText } from '../../contract/errors.ts';
import type { RolloutRequest } from '../../contract/rollout.ts';
import { createFile, deleteAbandoned, replaceFile } from './durable-file.ts';
import {
  checkSlot,
  parseRequest,
  type RolloutStore,
  StateDamaged,
  StoreConflict,
  type StoredOptions,
  type StoredState,
  storeError,
  storeRequest,
} from './rollout-store.ts';
import { VersionedFile } from './versioned-file.ts';

const SPEC = 'spec.yaml';
const OPTIONS = 'options.yaml';

/**
 * A rollout in a directory: `spec.yaml`, its owner's; `state-N.json`, status and evidence (`VersionedFile`);
 * `request-N.json`, what was asked for last, or null; and `options.yaml`, which the measured processes follow as their options file. The file system must have hard links.
 */
export class DirectoryStore implements RolloutStore {
  readonly specSource: string;
  readonly stateSource: string;
  private readonly directory: string;
  private readonly state: VersionedFile;
  private readonly request: VersionedFile;

  constructor(directory: string) {
    this.directory = directory;
    this.specSource = join(directory, SPEC);
    this.stateSource = join(directory, 'state-*.json');
    this.state = new VersionedFile(directory, 'state');
    this.request = new VersionedFile(directory, 'request');
  }

  /** Makes the directory, with a spec; @throws PerfMetricsError when there is one, which is left alone. */
  async init(spec: string): Promise<void> {
    const isCreated = await this.told('written', async () => {
      await mkdir(this.directory, { recursive: true });
      return await createFile(this.directory, SPEC, spec);
    });
    if (!isCreated)
      throw storeError(`${this.specSource} exists already and is left as it is: edit it instead`);
  }

  async readSpec(): Promise<string | null> {
    return await this.told('read', () => readIfThere(this.specSource));
  }

  async readState(): Promise<StoredState> {
    return await this.told('read', async () => {
      const [{ version, text }, request] = await Promise.all([this.state.read(), this.request.read()]);
      const parts = text === null ? NO_PARTS : this.parts(text, version);
      return { ...parts, request: parseRequest(request.text), version: String(version) };
    });
  }

  async writeState(
    status: string,
    evidence: string,
    version: string,
    done: RolloutRequest | null = null,
  ): Promise<string> {
    return await this.told('written', async () => {
      await deleteAbandoned(this.directory);
      const text = `{"status":${status},"evidence":${evidence}}\n`;
      const written = await this.state.write(text, Number(version));
      // The state counts. What is left behind is removed at the next write.
      if (done !== null) await this.remove(done).catch(() => undefined);
      return String(written);
    });
  }

  async writeRequest(request: RolloutRequest): Promise<void> {
    await storeRequest(() => this.told('written', () => this.fillSlot(request)));
  }

  async readOptions(): Promise<StoredOptions> {
    const text = await this.told('read', () => readIfThere(join(this.directory, OPTIONS)));
    return { text, version: '' };
  }

  /** Not compared: the file has a fixed name. A leader that slept may put an older one here, which the next tick of the leader mends. */
  async writeOptions(text: string): Promise<void> {
    await this.told('written', () => replaceFile(this.directory, OPTIONS, text));
  }

  private async fillSlot(request: RolloutRequest): Promise<void> {
    const { text, version } = await this.request.read();
    const state = await this.state.read();
    checkSlot(parseRequest(text), statusIn(state.text), request);
    await this.request.write(`${JSON.stringify(request)}\n`, version);
  }

  /** By another version, as the file would come back by a writer that slept if it were deleted. */
  private async remove({ id }: RolloutRequest): Promise<void> {
    const { text, version } = await this.request.read();
    if (parseRequest(text)?.id === id) await this.request.write('null\n', version);
  }

  private parts(text: string, version: number): { status: string; evidence: string } {
    try {
      const { status, evidence } = JSON.parse(text) as Record<string, unknown>;
      return { status: JSON.stringify(status ?? null), evidence: JSON.stringify(evidence ?? null) };
    } catch (error) {
      throw new StateDamaged(
        `${join(this.directory, `state-${version}.json`)} is no JSON: delete it, and the rollout begins anew`,
        error,
      );
    }
  }

  private async told<T>(what: 'read' | 'written', action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof StoreConflict || (error as { code?: unknown }).code === 'PERF_ROLLOUT')
        throw error;
      const hint =
        (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? `: make it with perf-metrics rollout init --state-dir ${this.directory}`
          : '';
      throw storeError(
        `the state directory ${this.directory} cannot be ${what} (${thrownText(error)})${hint}`,
        error,
      );
    }
  }
}

const NO_PARTS = { status: null, evidence: null };

/** Null of a damaged one: it has answered nothing. */
function statusIn(text: string | null): string | null {
  try {
    return JSON.stringify(JSON.parse(text ?? '{}').status ?? null);
  } catch {
    return null;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
