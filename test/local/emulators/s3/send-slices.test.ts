import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { type Slice, sendSlices } from '../../../../local/emulators/s3/send-slices.ts';

const MEBIBYTE = 1024 * 1024;
const addressSchema = z.object({ port: z.int() });

/** A file of random bytes, gone after the test. */
const makeFile = (bytes: number) => {
  const folder = mkdtempSync(join(tmpdir(), 'send-slices-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'file');
  const content = randomBytes(bytes);
  writeFileSync(path, content);
  return { path, content };
};

/** Asks a server that answers with the slices. `sent` settles as `sendSlices` does. */
const ask = async (slices: readonly Slice[]) => {
  const { promise: sent, resolve, reject } = Promise.withResolvers<void>();
  sent.catch(() => undefined);
  const server = createServer((_request, response) => {
    sendSlices(slices, response).then(resolve, (error: unknown) => {
      response.destroy();
      reject(error);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = addressSchema.parse(server.address());
  const response = await new Promise<IncomingMessage>((answered, failed) => {
    get({ port, host: '127.0.0.1' }, answered).on('error', failed);
  });
  return { response, sent };
};

describe('sendSlices', () => {
  it('sends every byte of every slice once, in order', async () => {
    const [first, second] = [makeFile(3 * MEBIBYTE + 5), makeFile(10)];
    const { response, sent } = await ask([
      { path: first.path, start: 7, end: 3 * MEBIBYTE + 1 },
      { path: second.path, start: 9, end: 9 },
    ]);
    const body = Buffer.concat(await response.toArray());
    await sent;
    const expected = [first.content.subarray(7, 3 * MEBIBYTE + 2), second.content.subarray(9)];
    expect(body.equals(Buffer.concat(expected))).toBe(true);
  });

  it('stops when the client leaves in the middle', async () => {
    const { path, content } = makeFile(32 * MEBIBYTE);
    const { response, sent } = await ask([{ path, start: 0, end: content.length - 1 }]);
    response.once('data', () => response.destroy());
    await expect(sent).rejects.toThrow();
  });

  it('says so when a file is shorter than its slice', async () => {
    const { path } = makeFile(MEBIBYTE);
    const { response, sent } = await ask([{ path, start: 0, end: MEBIBYTE }]);
    await expect(response.toArray()).rejects.toThrow('aborted');
    await expect(sent).rejects.toThrow(`ends at ${MEBIBYTE} bytes, before ${MEBIBYTE + 1}`);
  });
});
