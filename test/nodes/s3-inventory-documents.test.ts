import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { createS3InventoryDocuments } from '../../lib/nodes/s3-inventory-documents.ts';

/** A client whose calls end before the network, with `answer`. */
const clientThat = (answer: () => object): S3Client => {
  const client = new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  });
  client.middlewareStack.add(
    () => async () => ({ response: undefined, output: { $metadata: {}, ...answer() } }),
    { step: 'finalizeRequest', priority: 'high', name: 'answer' },
  );
  return client;
};
const body = (text: string) => ({ transformToByteArray: async () => Buffer.from(text) });
const neverRead = { transformToByteArray: () => Promise.reject(new Error('it was read')) };
const read = (answer: () => object) =>
  createS3InventoryDocuments(clientThat(answer), 'bucket').read('artifacts/a');

describe('createS3InventoryDocuments', () => {
  it('gives the bytes of an object', async () => {
    expect(Buffer.from((await read(() => ({ Body: body('list'), ContentLength: 4 }))) ?? []).toString()).toBe(
      'list',
    );
  });

  it('says undefined only for an object that is not there', async () => {
    const missing = () => {
      throw new NoSuchKey({ $metadata: {}, message: 'missing' });
    };
    expect(await read(missing)).toBeUndefined();
    const denied = () => {
      throw new Error('AccessDenied');
    };
    await expect(read(denied)).rejects.toThrow(TransientError);
  });

  it.each([32 * 1024 * 1024 + 1, undefined])('does not read an object of %s bytes', async (bytes) => {
    const answer = () => ({ Body: neverRead, ContentLength: bytes });
    await expect(read(answer)).rejects.toThrow(PermanentError);
  });
});
