import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpStatusError, openRange, SilenceError } from '../../../agent/pull/http-range.ts';

const KILOBYTE = 1024;

/** A raw server that answers every connection by `answer`. */
const serve = async (answer: (socket: Socket) => void): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const open = async (port: number, bytes: number, idleSeconds = 5, signal = new AbortController().signal) =>
  await openRange(
    { protocol: 'http:', hostname: '127.0.0.1', port, path: '/b/k', headers: { host: 'x' } },
    {
      bytes,
      totalBytes: bytes,
      buffers: [Buffer.alloc(16 * KILOBYTE), Buffer.alloc(16 * KILOBYTE)],
      idleSeconds,
      signal,
      onBytes: () => undefined,
    },
  );

const head = (bytes: number, status = '206 Partial Content') =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${bytes}\r\nContent-Range: bytes 0-${bytes - 1}/${bytes}\r\n\r\n`;

const readAll = async (chunks: AsyncIterable<Uint8Array>, pauseMs = 0): Promise<Buffer> => {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    copies.push(Buffer.from(chunk));
  }
  return Buffer.concat(copies);
};

describe('openRange', () => {
  it.each([
    { name: 'a quick reader', pauseMs: 0 },
    { name: 'a reader slower than the network', pauseMs: 3 },
  ])('gives $name every byte once', async ({ pauseMs }) => {
    const body = randomBytes(700 * KILOBYTE + 7);
    const port = await serve((socket) => socket.end(Buffer.concat([Buffer.from(head(body.length)), body])));
    const chunks = await open(port, body.length);
    expect((await readAll(chunks, pauseMs)).equals(body)).toBe(true);
  });

  it('reads a head that comes letter by letter', async () => {
    const port = await serve((socket) => {
      const text = `${head(3)}abc`;
      let at = 0;
      const timer = setInterval(() => {
        socket.write(text.slice(at, at + 9));
        at += 9;
        if (at >= text.length) clearInterval(timer);
      }, 1);
    });
    expect((await readAll(await open(port, 3))).toString()).toBe('abc');
  });

  it('hands out what came before the connection broke, and then the error', async () => {
    const port = await serve((socket) => socket.end(`${head(10)}abcd`));
    const chunks = await open(port, 10);
    const got: string[] = [];
    const reading = (async () => {
      for await (const chunk of chunks) got.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toThrow('4 of 10 bytes');
    expect(got.join('')).toBe('abcd');
  });

  it.each([
    { name: 'an object of another size', answer: `${head(5)}abcde`, problem: /has 5 bytes, not 10/ },
    {
      name: 'another range than was asked for',
      answer: `${head(10).replace('Length: 10', 'Length: 5')}abcde`,
      problem: /with 5 bytes, not 10/,
    },
    {
      name: 'an object of unknown size',
      answer: `${head(10).replace('/10', '/*')}abcde`,
      problem: /has \* bytes/,
    },
    { name: 'something that is not HTTP', answer: 'SSH-2.0-x\r\n\r\n', problem: /does not begin as HTTP/ },
    { name: 'nothing', answer: '', problem: /without an answer/ },
    { name: 'an endless head', answer: `HTTP/1.1 206 OK\r\nx: ${'y'.repeat(40_000)}`, problem: /too long/ },
  ])('refuses $name', async ({ answer, problem }) => {
    const port = await serve((socket) => socket.end(answer));
    await expect(open(port, 10)).rejects.toThrow(problem);
  });

  it('names the code of a refusal', async () => {
    const xml = '<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>';
    const port = await serve((socket) => socket.end(`${head(xml.length, '404 Not Found')}${xml}`));
    const failure = await open(port, 10).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HttpStatusError);
    expect(failure).toMatchObject({ status: 404, name: 'NoSuchKey', message: '404 NoSuchKey: gone' });
  });

  it('gives up a connection that is silent', async () => {
    const port = await serve(() => undefined);
    await expect(open(port, 10, 0.1)).rejects.toBeInstanceOf(SilenceError);
  });

  it('stops at once when it is told to', async () => {
    const port = await serve((socket) => socket.write(`${head(10)}ab`));
    const stop = new AbortController();
    const chunks = await open(port, 10, 5, stop.signal);
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(readAll(chunks)).rejects.toThrow('enough');
  });
});
