import { pino } from 'pino';
import { Registry } from 'prom-client';
import { DEFAULT_FLEET_OPTIONS } from '../../../src/contract/fleet-options.ts';
import { FleetService } from '../../../src/fleet/fleet-service.ts';

// A fleet service in a process of its own: prints its port, then the figures of each round.
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const service = new FleetService({
  options: { ...DEFAULT_FLEET_OPTIONS, port: 0, targets: process.argv.slice(2) },
  log: pino({ level: 'silent' }),
  rollout: null,
  registry: new Registry(),
  onRound: ({ round }) => print({ round }),
});
const { port } = await service.start();
print({ port });
