// A process that carries a rollout over simulated pods: DIRECTORY LEASE_MILLIS. Prints a JSON line for each line of its log,
// and each time it finds that it leads.
import { join } from 'node:path';
import { monotonicMillis } from '../../../src/contract/clock.ts';
import { DirectoryLease } from '../../../src/rollout/leadership/directory-lease.ts';
import { Leadership } from '../../../src/rollout/leadership/leadership.ts';
import { RolloutController } from '../../../src/rollout/rollout-controller.ts';
import { DirectoryStore } from '../../../src/rollout/store/directory-store.ts';
import { simulatedFleet } from './simulated-fleet.ts';

const [directory = '', leaseMillis = ''] = process.argv.slice(2);
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const log = {
  info: (fields: object, message: string) => print({ ...fields, message }),
  warn: (fields: object, message: string) => print({ ...fields, message, isWarning: true }),
};
const lease = new DirectoryLease(directory);
const identity = `process-${process.pid}`;
const leadership = new Leadership({ lease, identity, log, leaseMillis: Number(leaseMillis) });
const options = join(directory, 'options.yaml');
const fleet = () => simulatedFleet(options, Date.now(), Array(6).fill({}));
const store = new DirectoryStore(directory);
const controller = new RolloutController({ store, leadership, fleet, log, tickMillis: 25 });

controller.start();
setInterval(() => {
  if (controller.isLeader()) print({ leadsAt: monotonicMillis() });
  else if (controller.status() !== null) print({ followsAt: monotonicMillis() });
}, 10);
process.on('SIGTERM', async () => {
  await controller.stop();
  process.exit();
});
