import { randomBytes } from 'node:crypto';
import { createServer, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { openRange } from '../../../agent/pull/http-range.ts';
import { localhostCertificate } from './localhost-certificate.ts';

const body = randomBytes(700 * 1024 + 7);
const addressSchema = z.object({ port: z.int() });

/** A server with a certificate for `localhost`. Returns its port, and the names by which clients asked for it. */
const serve = async () => {
  const names: unknown[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer(localhostCertificate, (socket) => {
    sockets.add(socket);
    names.push(socket.servername);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(`HTTP/1.1 206 Partial Content\r\nContent-Length: ${body.length}\r\n`);
      socket.write(`Content-Range: bytes 0-${body.length - 1}/${body.length}\r\n\r\n`);
      socket.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: addressSchema.parse(server.address()).port, names };
};

const trustCertificate = (): void => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, localhostCertificate.cert]);
  onTestFinished(() => setDefaultCACertificates(before));
};

const read = async (hostname: string, port: number): Promise<Buffer> => {
  const copies: Buffer[] = [];
  const chunks = await openRange(
    { protocol: 'https:', hostname, port, path: '/b/k', headers: { host: 'x' } },
    {
      bytes: body.length,
      totalBytes: body.length,
      buffers: [Buffer.alloc(16 * 1024), Buffer.alloc(16 * 1024)],
      idleSeconds: 5,
      signal: new AbortController().signal,
      onBytes: () => undefined,
    },
  );
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
};

describe('openRange over TLS', () => {
  it('gives every byte once, of a server that it asked for by name', async () => {
    trustCertificate();
    const { port, names } = await serve();
    expect((await read('localhost', port)).equals(body)).toBe(true);
    expect(names).toEqual(['localhost']);
  });

  it('refuses a certificate that nothing vouches for', async () => {
    const { port } = await serve();
    await expect(read('localhost', port)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('refuses a certificate of another name', async () => {
    trustCertificate();
    const { port } = await serve();
    await expect(read('127.0.0.1', port)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});
