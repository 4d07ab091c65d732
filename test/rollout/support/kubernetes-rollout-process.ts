// A process that carries a rollout in Kubernetes, of no pods: NAMESPACE NAME LEASE_MILLIS. Prints a JSON line for each line of
// its log, and at each of its looks whether it leads.
import { hostname } from 'node:os';
import { monotonicMillis } from '../../../src/contract/clock.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';
import { KubernetesLease } from '../../../src/rollout/leadership/kubernetes-lease.ts';
import { Leadership } from '../../../src/rollout/leadership/leadership.ts';
import { RolloutController } from '../../../src/rollout/rollout-controller.ts';
import { KubernetesStore } from '../../../src/rollout/store/kubernetes-store.ts';

const [namespace = '', name = '', lease = ''] = process.argv.slice(2);
const leaseMillis = Number(lease);
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const log = {
  info: (fields: object, message: string) => print({ ...fields, message }),
  warn: (fields: object, message: string) => print({ ...fields, message, isWarning: true }),
};
const kubernetes = await connectKubernetes();
const identity = `${hostname()}_${process.pid}`;
const store = new KubernetesStore({ kubernetes, namespace, name, log });
const leadership = new Leadership({
  lease: new KubernetesLease({ kubernetes, namespace, name, leaseMillis }),
  identity,
  log,
  leaseMillis,
});
const controller = new RolloutController({
  store,
  leadership,
  fleet: () => null,
  log,
  announce: (decision) => store.announce(decision, identity),
});

controller.start();
setInterval(() => {
  if (controller.isLeader()) print({ leadsAt: monotonicMillis() });
  else if (controller.status() !== null) print({ followsAt: monotonicMillis() });
}, 20);
process.on('SIGTERM', async () => {
  await controller.stop();
  process.exit();
});
