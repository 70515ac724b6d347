import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createClients } from '../../../cli/clients.ts';
import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { hashStream } from '../../../lib/artifacts/hash-stream.ts';
import { createS3StoreObjects } from '../../../lib/artifacts/s3-store-objects.ts';
import type { HashedFile } from '../../../lib/artifacts/upload/local-file.ts';
import { uploadArtifact } from '../../../lib/artifacts/upload/upload-artifact.ts';
import type { UploadTarget } from '../../../lib/artifacts/upload/upload-target.ts';
import { verifyStoreReplica } from '../../../lib/artifacts/verify-store-replica.ts';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { systemClock } from '../../../lib/time.ts';
import { startEmptyFrontDoor } from '../../cli/support/front-door.ts';

const BUCKET = 'drover-test-artifacts';
/** The smallest part that S3 takes. */
const PART = 5 * 1024 * 1024;
const PARTS = 12;

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
let folder: string;
const clients = () => createClients({ region: 'us-east-1', endpoint: frontDoor.endpoint });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drover-upload-'));
  frontDoor = await startEmptyFrontDoor();
  await clients().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
});
afterAll(async () => {
  await frontDoor.stop();
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, bytes: Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const hashed = async (path: string, bytes: Buffer): Promise<HashedFile> => ({
  path,
  ...(await hashStream(
    (async function* () {
      yield bytes;
    })(),
    PART,
  )),
});

const stateFolder = (): string => join(folder, 'uploads');

const upload = (file: HashedFile, signal: AbortSignal, onBytes: (bytes: number) => void = () => {}) =>
  uploadArtifact(
    {
      withS3: (call) => call(clients().s3),
      bucket: BUCKET,
      stateFolder: stateFolder(),
      sleep: async () => {},
      signal,
      onBytes,
    },
    file,
  );

const never = (): AbortSignal => new AbortController().signal;

const isStored = async (file: HashedFile): Promise<boolean> =>
  (await createS3StoreObjects(clients().s3).describe(BUCKET, artifactKey(file.artifactId))) !== undefined;

describe('uploadArtifact', () => {
  it('goes on after an interruption with the parts that are missing', async () => {
    const bytes = randomBytes(PART * PARTS);
    const file = await hashed(write('large', bytes), bytes);
    const interruption = new AbortController();
    let read = 0;
    const stopped = upload(file, interruption.signal, (count) => {
      read += count;
      // Four parts travel at once: with six begun, at least two have arrived.
      if (read >= PART * 6) interruption.abort();
    });
    await expect(stopped).rejects.toThrow();
    expect(await isStored(file)).toBe(false);
    expect(readdirSync(stateFolder())).toHaveLength(1);

    const resumed = await upload(file, never());

    expect(resumed.outcome).toBe('uploaded');
    expect(resumed.resumedBytes).toBeGreaterThanOrEqual(PART * 2);
    expect(resumed.sentBytes).toBe(bytes.length - resumed.resumedBytes);
    expect(readdirSync(stateFolder())).toEqual([]);
    const { partBytes, partDigests } = file;
    const replica = await verifyStoreReplica(createS3StoreObjects(clients().s3), {
      bucket: BUCKET,
      artifactId: file.artifactId,
      bytes: file.bytes,
      parts: { partBytes, partDigests },
      now: systemClock.now(),
    });
    expect(replica.checksum).toMatch(new RegExp(`-${PARTS}$`));
    const got = await clients().s3.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: artifactKey(file.artifactId) }),
    );
    const stored = await got.Body?.transformToByteArray();
    expect(
      createHash('sha256')
        .update(stored ?? '')
        .digest('hex'),
    ).toBe(file.artifactId);
  });

  it('begins again when the remembered upload is gone', async () => {
    const bytes = randomBytes(PART * 2);
    const file = await hashed(write('forgotten', bytes), bytes);
    writeFileSync(
      join(stateFolder(), `${BUCKET}-${file.artifactId}.json`),
      JSON.stringify({
        bucket: BUCKET,
        key: artifactKey(file.artifactId),
        uploadId: 'gone',
        partBytes: PART,
      }),
    );
    expect(await upload(file, never())).toEqual({
      outcome: 'uploaded',
      sentBytes: bytes.length,
      resumedBytes: 0,
    });
  });

  it('takes it as done when somebody else finished the same parts first (412)', async () => {
    const bytes = randomBytes(PART * 2);
    const file = await hashed(write('shared', bytes), bytes);
    const other = { ...file, path: write('shared-copy', bytes) };
    const outcomes = await Promise.all([
      upload(file, never()),
      uploadArtifact(
        {
          withS3: (call) => call(clients().s3),
          bucket: BUCKET,
          stateFolder: join(folder, 'other-uploads'),
          sleep: async () => {},
          signal: never(),
          onBytes: () => {},
        },
        other,
      ),
    ]);
    expect(outcomes.filter(({ outcome }) => outcome === 'uploaded')).toHaveLength(1);
    expect(await isStored(file)).toBe(true);
  });

  it.each([
    ['a single request', 1000],
    ['parts', PART * 2],
  ])(
    'is refused by the store when the file changed after it was hashed, sent in %s [sync#L10]',
    async (_title, size) => {
      const bytes = randomBytes(size);
      const path = write('changing', bytes);
      const file = await hashed(path, bytes);
      bytes.writeUInt8(bytes.readUInt8(size - 1) ^ 1, size - 1);
      writeFileSync(path, bytes);
      await expect(upload(file, never())).rejects.toThrow(/not those that were hashed/);
      expect(await isStored(file)).toBe(false);
    },
  );

  it('fails for good, without repeats, when the caller may not write', async () => {
    const bytes = randomBytes(10);
    const file = await hashed(write('nobody', bytes), bytes);
    const { s3 } = createClients({
      region: 'us-east-1',
      endpoint: frontDoor.endpoint,
      accessKeyId: 'nobody',
      secretAccessKey: 'nobody',
    });
    const sleeps: number[] = [];
    const withS3: UploadTarget['withS3'] = (call) => call(s3);
    const target = { withS3, bucket: BUCKET, stateFolder: stateFolder(), signal: never(), onBytes: () => {} };
    const refused = uploadArtifact({ ...target, sleep: async (seconds) => void sleeps.push(seconds) }, file);
    await expect(refused).rejects.toThrow();
    expect(sleeps).toEqual([]);
    const head = new HeadObjectCommand({ Bucket: BUCKET, Key: artifactKey(file.artifactId) });
    await expect(clients().s3.send(head)).rejects.toMatchObject({ name: 'NotFound' });
  });

  describe('when something lies under the key already', () => {
    const bytes = randomBytes(1000);
    const prepare = async (
      body: Buffer,
      more: { ChecksumAlgorithm?: 'SHA256' } = { ChecksumAlgorithm: 'SHA256' },
    ) => {
      const file = await hashed(write('wanted', bytes), bytes);
      const object = { Bucket: BUCKET, Key: artifactKey(file.artifactId) };
      onTestFinished(async () => void (await clients().s3.send(new DeleteObjectCommand(object))));
      await clients().s3.send(new PutObjectCommand({ ...object, Body: body, ...more }));
      return { file };
    };
    /** Sees `heads` answers of 403 before it may see anything. */
    const uploadBlind = async (file: HashedFile, heads: number) => {
      let denied = 0;
      const blind = (): S3Client => {
        const { s3 } = clients();
        s3.middlewareStack.add(
          (next, { commandName }) =>
            async (call) => {
              if (commandName !== 'HeadObjectCommand' || denied >= heads) return await next(call);
              denied += 1;
              throw new S3ServiceException({
                name: 'Forbidden',
                $fault: 'client',
                $metadata: { httpStatusCode: 403 },
              });
            },
          { step: 'initialize' },
        );
        return s3;
      };
      const target = { bucket: BUCKET, stateFolder: stateFolder(), sleep: async () => {}, signal: never() };
      return await uploadArtifact({ ...target, withS3: (call) => call(blind()), onBytes: () => {} }, file);
    };

    it('sends nothing when it is the file', async () => {
      const { file } = await prepare(bytes);
      expect(await upload(file, never())).toEqual({
        outcome: 'already-there',
        sentBytes: 0,
        resumedBytes: 0,
      });
    });

    it.each<[string, Buffer, { ChecksumAlgorithm?: 'SHA256' }]>([
      ['other bytes', randomBytes(1000), { ChecksumAlgorithm: 'SHA256' }],
      ['a part of it', bytes.subarray(0, 999), { ChecksumAlgorithm: 'SHA256' }],
      ['an object that the store never compared', bytes, {}],
    ])('does not take %s for the file', async (_what, body, more) => {
      const { file } = await prepare(body, more);
      const uploading = upload(file, never());
      await expect(uploading).rejects.toThrow(PermanentError);
      await expect(uploading).rejects.toThrow(/Remove that object by hand/);
    });

    it('does not take the same bytes in other parts for the file, of which the store cannot tell', async () => {
      const large = randomBytes(PART * 2);
      const file = await hashed(write('large', large), large);
      await upload(file, never());
      const other = { ...file, partBytes: large.length, partDigests: file.partDigests.slice(0, 1) };
      await expect(upload(other, never())).rejects.toThrow(/is not .*large/);
    });

    it('asks again when it could not see before that it is there (403, then 412)', async () => {
      const { file } = await prepare(bytes);
      expect(await uploadBlind(file, 1)).toMatchObject({ outcome: 'already-there' });
      const wrong = await prepare(randomBytes(1000));
      await expect(uploadBlind(wrong.file, 1)).rejects.toThrow(PermanentError);
    });

    it('does not believe what it never may see', async () => {
      const { file } = await prepare(bytes);
      await expect(uploadBlind(file, 2)).rejects.toThrow(TransientError);
    });
  });
});
