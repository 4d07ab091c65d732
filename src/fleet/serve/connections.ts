import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export const MOST_CONNECTIONS = 1024;
export const MOST_PER_ADDRESS = 256;

/**
 * Bounds the connections of a server such that nobody shuts out the probes: an address has a quarter of them at most, and
 * where all are taken, the one that has been idle for longest makes room for a newcomer.
 */
export function boundConnections(server: Server): void {
  const perAddress = new Map<string, number>();
  /** Requests under way; a client may send one before the last is answered. */
  const requests = new Map<Socket, number>();
  /** Those without a request under way, the longest idle first. */
  const idle = new Set<Socket>();

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const held = perAddress.get(address) ?? 0;
    if (held >= MOST_PER_ADDRESS || !hasRoom()) {
      socket.destroy();
      return;
    }
    perAddress.set(address, held + 1);
    requests.set(socket, 0);
    idle.add(socket);
    socket.on('close', () => {
      forget(socket);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const underWay = requests.get(socket);
    if (underWay === undefined) return;
    requests.set(socket, underWay + 1);
    idle.delete(socket);
    response.on('close', () => {
      const left = (requests.get(socket) ?? 0) - 1;
      if (left < 0) return;
      requests.set(socket, left);
      if (left === 0) idle.add(socket);
    });
  });

  function hasRoom(): boolean {
    if (requests.size < MOST_CONNECTIONS) return true;
    const [longest] = idle;
    if (longest === undefined) return false;
    forget(longest);
    longest.destroy();
    return true;
  }

  function forget(socket: Socket): void {
    requests.delete(socket);
    idle.delete(socket);
  }
}
