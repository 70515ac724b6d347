import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refuseTakenPort } from '../../../local/start/port.ts';

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    onTestFinished(() => void server.close());
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

describe('refuseTakenPort', () => {
  it('refuses a port that another program has, in one line', async () => {
    const port = portOf(await listen(0));

    await expect(refuseTakenPort(port)).rejects.toThrow(
      `port ${port} is taken: stop the program that has it, or choose another with --port`,
    );
  });

  it('leaves a free port free', async () => {
    const server = await listen(0);
    const port = portOf(server);
    await new Promise((resolve) => server.close(resolve));

    await refuseTakenPort(port);

    expect(portOf(await listen(port))).toBe(port);
  });
});
