import { FLEET_FAMILIES } from '../contract/fleet-families.ts';
import { type Check, type Finding, fault, ok } from './check.ts';
import { briefly, type HttpServer } from './http.ts';

/** A sample of Prometheus's text format: name, labels, value, time. */
const SAMPLE =
  /^[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})? (?:NaN|[+-]Inf|[-+\d.eE]+)(?: -?\d+)?$/;

/** The aggregation worker is ready, and its metrics can be read. */
export class FleetCheck implements Check {
  readonly name = 'fleet';
  private readonly fleet: HttpServer;

  constructor(fleet: HttpServer) {
    this.fleet = fleet;
  }

  async look(signal: AbortSignal): Promise<Finding> {
    const { title } = this.fleet;
    const ready = await this.fleet.ask('/readyz', signal);
    if (ready.status !== 200)
      return fault(`${title} is not ready (HTTP ${ready.status}): ${briefly(ready.text)}`);
    const metrics = await this.fleet.ask('/metrics', signal);
    if (metrics.status !== 200) return fault(`${title} answers /metrics with HTTP ${metrics.status}`);
    const samples = metrics.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const broken = samples.find((line) => !SAMPLE.test(line));
    if (broken !== undefined)
      return fault(`${title} has a line in /metrics that is no sample: ${briefly(broken)}`);
    const own = FLEET_FAMILIES.targets.name;
    if (!samples.some((line) => line.startsWith(own)))
      return fault(`${title} has no ${own} in /metrics: it is not the aggregation worker of perf-metrics`);
    return ok(`${title} is ready, with ${samples.length} samples in /metrics`);
  }
}
