import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SetAsideReason, Target } from '../../../src/contract/fleet.ts';
import { encodeSnapshot } from '../../../src/contract/snapshot-encoder.ts';
import { takeSnapshot } from '../../../src/export/digest-snapshot.ts';
import { busyPicture } from '../../export/picture.ts';

const snapshot = takeSnapshot(busyPicture().source);
/** What a pod's `/digest` holds, as the library renders it. */
export const DIGEST = encodeSnapshot(snapshot);

/** As a pod whose worker thread goes on committing. */
export const live: RequestListener = (_, response) =>
  void response.end(encodeSnapshot({ ...snapshot, at: Date.now() }));
export const honest: RequestListener = (_, response) => void response.end(DIGEST);
/** Takes the connection, and says nothing. */
export const hanging: RequestListener = () => undefined;

/** Sends `bytes` one by one, so slowly that they take far longer than a round. */
export function drip(response: ServerResponse, bytes: Uint8Array): void {
  let sent = 0;
  const timer = setInterval(() => void response.write(bytes.subarray(sent, ++sent)), 20);
  response.on('close', () => clearInterval(timer));
}

/** Real HTTP servers, each a target. Call `close` after each test. */
export class Pods {
  private readonly servers = new Map<string, { stop(): Promise<void> }>();

  async add(listener: RequestListener, service = 'default'): Promise<Target> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stop = async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    };
    const id = `http://${name}`;
    this.servers.set(id, { stop });
    return { id, name, service, url: id };
  }

  async addMany(count: number, listener: RequestListener): Promise<Target[]> {
    return Promise.all(Array.from({ length: count }, () => this.add(listener)));
  }

  async remove({ id }: Target): Promise<void> {
    await this.servers.get(id)?.stop();
    this.servers.delete(id);
  }

  async close(): Promise<void> {
    await Promise.all([...this.servers.values()].map(({ stop }) => stop()));
    this.servers.clear();
  }
}

/** What a round gave, by target id. */
export class Answers {
  readonly accepted = new Map<string, Uint8Array>();
  readonly reasons = new Map<string, SetAsideReason>();
  calls = 0;

  accept({ id }: Target, bytes: Uint8Array): void {
    this.calls += 1;
    this.accepted.set(id, bytes);
  }

  setAside({ id }: Target, reason: SetAsideReason): void {
    this.calls += 1;
    this.reasons.set(id, reason);
  }

  clear(): void {
    this.accepted.clear();
    this.reasons.clear();
    this.calls = 0;
  }
}
