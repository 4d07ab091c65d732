import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { aimAt } from '../../loadtest/target.ts';

it('says what a target must be', async () => {
  for (const target of ['localhost:8080', 'nonsense', 'ftp://127.0.0.1/'])
    await expect(aimAt(target)).rejects.toThrow('K6_TARGET must be a URL such as http://127.0.0.1:8080');
});

it('says at once when nobody answers there', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  await expect(aimAt(`http://127.0.0.1:${port}/`)).rejects.toThrow(
    `http://127.0.0.1:${port} does not answer: connect ECONNREFUSED`,
  );
});
