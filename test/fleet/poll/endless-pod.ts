/** `node endless-pod.ts`: says its port, then answers every request with what its path before `/digest` names, for as long as it is read. */
import { createServer } from 'node:net';

const UNITS = {
  chunks: { head: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', unit: '1\r\nA\r\n' },
  hints: { head: '', unit: 'HTTP/1.1 103 Early Hints\r\n\r\n' },
} as const;

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', (request) => {
    const { head, unit } = UNITS[request.includes('/hints/') ? 'hints' : 'chunks'];
    const many = Buffer.from(unit.repeat(20_000));
    const more = (): void => {
      while (!socket.destroyed && socket.write(many));
    };
    socket.write(head);
    socket.on('drain', more);
    more();
  });
}).listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
