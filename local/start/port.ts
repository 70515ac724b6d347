import { createServer } from 'node:net';
import { CloudError } from '../cloud-error.ts';

const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');

/** What to throw for `error`: when a server could not have its port, one line that says so. */
const asPortError = (error: unknown, port: number): unknown =>
  isPortTaken(error)
    ? new CloudError(`port ${port} is taken: stop the program that has it, or choose another with --port`, {
        cause: error,
      })
    : error;

/**
 * Has the port for a moment and gives it back.
 * @throws CloudError with one line when another program has it
 */
const refuseTakenPort = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(asPortError(error, port)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });

export { asPortError, isPortTaken, refuseTakenPort };
