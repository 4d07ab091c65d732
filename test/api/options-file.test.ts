import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { DigestSnapshot } from '../../src/contract/snapshot.ts';
import { decodeSnapshot } from '../../src/contract/snapshot-decoder.ts';
import { EventID, NOT_MEASURED, type Statistics } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import { Service } from './service.ts';

const ID = EventID.ORDER_EXECUTION;
/** An options file in a directory of its own, which is gone afterwards. */
class OptionsFile implements AsyncDisposable {
  readonly path: string;
  private readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.path = `${directory}/options.json`;
  }

  static async create(): Promise<OptionsFile> {
    const file = new OptionsFile(await mkdtemp(`${tmpdir()}/perf-options-`));
    await file.write({ generation: 1 });
    return file;
  }

  /** Whole or not at all, as an editor or a ConfigMap does it. */
  async write(content: object | string): Promise<void> {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(`${this.path}.new`, text);
    await rename(`${this.path}.new`, this.path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.directory, { recursive: true });
  }
}

function inForce(service: Service, generation: number): Promise<Statistics> {
  return eventually(`generation ${generation}`, async () => {
    const { statistics } = service;
    return statistics.sampling.configGeneration === generation ? statistics : undefined;
  });
}

/** Resolves after the worker thread, which is ready, has committed so many times more. */
async function commits(service: Service, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const { at } = service.statistics;
    await eventually('the next commit', async () => (service.statistics.at > at ? true : undefined));
  }
}

describe.concurrent('the options file, while the service runs', () => {
  it('switches measuring off and on, and sets the sampling rate', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path });
    const { collector } = service;
    await file.write({ generation: 2, enabled: false });
    expect((await inForce(service, 2)).sampling).toMatchObject({ enabled: false, ratio: 0 });
    expect([collector.enabled, collector.recordStart(ID)]).toEqual([false, NOT_MEASURED]);
    service.record(ID, 100);
    const off = await service.scrape();
    expect([off.get('perf_enabled'), off.get('perf_config_generation')]).toEqual([0, 2]);

    await file.write({ generation: 3, samplingRate: 0.25 });
    expect((await inForce(service, 3)).sampling).toMatchObject({ enabled: true, ratio: 0.25 });
    expect([collector.enabled, collector.samplingRate]).toEqual([true, 0.25]);
    const on = await service.scrape();
    expect([on.get('perf_sampling_ratio'), on.get('perf_sampling_target_ratio')]).toEqual([0.25, 0.25]);
    await service.stopAndCheck(ID, 0);
  });

  it('that is bad leaves the last good state in force, and says so once', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path });
    await file.write({ generation: 2, samplingRate: 0.5 });
    await inForce(service, 2);
    await file.write('{"generation": 3, "samplingRate": ');
    const bad = await eventually('the bad file to be noticed', async () => {
      const samples = await service.scrape();
      return samples.get('perf_config_file_ok') === 0 ? samples : undefined;
    });
    expect([bad.get('perf_config_generation'), bad.get('perf_sampling_ratio')]).toEqual([2, 0.5]);
    await file.write({ generation: 4, samplingRate: 0.5 });
    expect((await inForce(service, 4)).sampling.configFileOk).toBe(true);
    expect(service.warnings.map(({ code }) => code)).toEqual(['PERF_OPTIONS_FILE']);
    await service.stopAndCheck(ID, 0);
  });

  it('switches the export off, but not the probes of a kubelet', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path });
    await file.write({ generation: 2, exportEnabled: false });
    await inForce(service, 2);
    const statusOf = async (path: string): Promise<number> => (await service.fetch(path)).status;
    expect([await statusOf('/metrics'), await statusOf('/'), await statusOf('/digest')]).toEqual([
      503, 503, 503,
    ]);
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
    await file.write({ generation: 3 });
    await inForce(service, 3);
    expect(await statusOf('/metrics')).toBe(200);
    await service.stopAndCheck(ID, 0);
  });

  it('stops aggregation only: what is recorded meanwhile is overwritten, and counted', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path, capacityRecords: 1024 });
    await file.write({ generation: 2, aggregationEnabled: false });
    await inForce(service, 2);
    service.record(ID, 5000);
    await commits(service, 2);
    expect(service.of(ID).count).toBe(0);
    await file.write({ generation: 3 });
    await inForce(service, 3);
    const { ring } = await service.stopAndCheck(ID, 5000);
    expect(ring.overwritten).toBeGreaterThan(5000 - 1024);
  });
});

describe('an instance that the options file keeps back', () => {
  const snapshotOf = async (service: Service): Promise<DigestSnapshot> => {
    const { snapshot, problem } = decodeSnapshot(await (await service.fetch('/digest')).bytes());
    if (snapshot === null) throw new Error(problem);
    return snapshot;
  };
  const offered = (service: Service, events: number): Promise<DigestSnapshot> =>
    eventually(`${events} events offered`, async () => {
      const snapshot = await snapshotOf(service);
      return snapshot.offered === events ? snapshot : undefined;
    });

  it('is disabled while it is named, and goes on counting the events that begin', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path, instance: 'engine-0' });
    service.record(ID, 100);
    await file.write({ generation: 2, enabled: true, control: ['engine-1', 'engine-0'] });
    expect((await inForce(service, 2)).sampling).toMatchObject({ enabled: false, ratio: 0 });
    expect(service.collector.enabled).toBe(false);
    service.record(ID, 50);
    const held = await offered(service, 150);
    expect(held).toMatchObject({ instance: 'engine-0', enabled: false, generation: 2, rate: 0 });
    expect(Math.min(held.cpuSeconds, held.loopBeats)).toBeGreaterThan(0);
    const off = await service.scrape();
    expect([off.get('perf_enabled'), off.get('perf_events_skipped_total')]).toEqual([0, 50]);

    await file.write({ generation: 3, enabled: true, control: ['engine-1'] });
    expect((await inForce(service, 3)).sampling).toMatchObject({ enabled: true, ratio: 1 });
    service.record(ID, 25);
    const released = await offered(service, 175);
    expect(released).toMatchObject({ enabled: true, generation: 3 });
    expect(released.cpuSeconds).toBeGreaterThanOrEqual(held.cpuSeconds);
    expect(released.loopBeats).toBeGreaterThanOrEqual(held.loopBeats);
    const on = await service.scrape();
    expect([on.get('perf_enabled'), on.get('perf_events_skipped_total')]).toEqual([1, 50]);
    expect((await service.stopAndCheck(ID, 125)).instance).toBe('engine-0');
  });

  it('is so from its first event on, and with the next worker thread', async () => {
    await using file = await OptionsFile.create();
    await file.write({ generation: 5, control: ['engine-0'] });
    await using service = new Service({ optionsFile: file.path, instance: 'engine-0' });
    service.record(ID, 10);
    const listening = once(service.aggregator, 'listening');
    service.aggregator.start();
    await listening;
    service.record(ID, 10);
    await offered(service, 20);
    const again = once(service.aggregator, 'listening');
    await service.workers.at(-1)?.terminate();
    service.record(ID, 10);
    await again;
    expect(await offered(service, 30)).toMatchObject({ enabled: false, generation: 5 });
    await service.stopAndCheck(ID, 0);
  });

  it('by its name in the environment, which all parts of the process know it by', async () => {
    await using file = await OptionsFile.create();
    await file.write({ generation: 5, control: ['from-outside'] });
    process.env.PERF_INSTANCE = 'from-outside';
    try {
      await using service = await Service.start({ optionsFile: file.path, instance: 'engine-0' });
      expect(service.collector.enabled).toBe(false);
      expect((await snapshotOf(service)).instance).toBe('from-outside');
      expect(service.statistics.instance).toBe('from-outside');
    } finally {
      delete process.env.PERF_INSTANCE;
    }
  });
});

describe("the application's own sampling rate", () => {
  it('stays as it is set: with each commit of the worker thread, and with its successor', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path });
    await file.write({ generation: 2, samplingRate: 0.75 });
    await inForce(service, 2);
    service.collector.samplingRate = 0.125;
    await commits(service, 2);
    expect([service.collector.samplingRate, service.statistics.sampling.ratio]).toEqual([0.125, 0.125]);
    const ready = once(service.aggregator, 'ready');
    await service.workers.at(-1)?.terminate();
    await ready;
    await commits(service, 2);
    expect([service.collector.samplingRate, service.statistics.sampling.targetRatio]).toEqual([0.125, 0.125]);
    await service.stopAndCheck(ID, 0);
  });

  it('holds also when it is set before there is a worker thread', async () => {
    await using service = new Service();
    service.collector.samplingRate = 0.5;
    const ready = once(service.aggregator, 'ready');
    service.aggregator.start();
    await ready;
    await commits(service, 2);
    expect([service.collector.samplingRate, service.statistics.sampling.ratio]).toEqual([0.5, 0.5]);
  });

  it('gives way to a file that says what was in force before it was set', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path });
    service.collector.samplingRate = 0.25;
    await commits(service, 2);
    await file.write({ generation: 2, samplingRate: 1 });
    await inForce(service, 2);
    expect([service.collector.samplingRate, service.statistics.sampling.targetRatio]).toEqual([1, 1]);
  });

  it('gives way to a later change of the file, also for the next worker thread', async () => {
    await using file = await OptionsFile.create();
    await using service = await Service.start({ optionsFile: file.path });
    service.collector.samplingRate = 0.125;
    await file.write({ generation: 2, samplingRate: 0.5 });
    await inForce(service, 2);
    expect(service.collector.samplingRate).toBe(0.5);
    const ready = once(service.aggregator, 'ready');
    await service.workers.at(-1)?.terminate();
    await ready;
    await commits(service, 2);
    expect([service.collector.samplingRate, service.statistics.sampling.targetRatio]).toEqual([0.5, 0.5]);
    await service.stopAndCheck(ID, 0);
  });

  it('cannot switch measuring on, and the own switch takes effect on the next event', async () => {
    await using service = await Service.start();
    service.collector.enabled = false;
    expect(service.collector.recordStart(ID)).toBe(NOT_MEASURED);
    service.collector.samplingRate = 0.5;
    await commits(service, 2);
    expect(service.collector.recordStart(ID)).toBe(NOT_MEASURED);
    expect((await service.scrape()).get('perf_enabled')).toBe(0);
    service.collector.enabled = true;
    service.collector.samplingRate = 1;
    expect(service.collector.recordStart(ID)).toBeGreaterThan(0);
    await service.stopAndCheck(ID, 0);
  });
});
