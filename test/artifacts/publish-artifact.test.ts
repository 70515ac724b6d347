import { createHash } from 'node:crypto';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compositeChecksum, hashStream } from '../../lib/artifacts/hash-stream.ts';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import { registerArtifact } from '../../lib/artifacts/register-artifact.ts';
import { createS3StoreObjects } from '../../lib/artifacts/s3-store-objects.ts';
import type { StoredObject, StoreObjects } from '../../lib/artifacts/store-objects.ts';
import { verifyStoreReplica } from '../../lib/artifacts/verify-store-replica.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { makeClock, START } from '../distribution/fixtures.ts';

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes)
    yield bytes.subarray(start, start + chunkBytes);
}

const digest = (bytes: Uint8Array, encoding: 'hex' | 'base64'): string =>
  createHash('sha256').update(bytes).digest(encoding);

describe('hashStream', () => {
  it('gives the whole and the parts, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, partBytes, chunkBytes) => {
          const hash = await hashStream(chunksOf(bytes, chunkBytes), partBytes);
          const parts = Array.from({ length: Math.max(1, Math.ceil(bytes.length / partBytes)) }, (_, index) =>
            digest(bytes.subarray(index * partBytes, (index + 1) * partBytes), 'base64'),
          );
          expect(hash).toEqual({
            artifactId: digest(bytes, 'hex'),
            bytes: bytes.length,
            partBytes,
            partDigests: parts,
          });
        },
      ),
    );
  });
});

const content = Buffer.from('twelve bytes');
const objectsWith = (object: StoredObject | undefined): StoreObjects => ({ describe: async () => object });
const claimOf = async (partBytes?: number) => {
  const hash = await hashStream(chunksOf(content, 5), partBytes);
  const parts = { partBytes: hash.partBytes, partDigests: hash.partDigests };
  return {
    bucket: 'b',
    artifactId: hash.artifactId,
    bytes: hash.bytes,
    now: START,
    ...(partBytes === undefined ? {} : { parts }),
  };
};

describe('verifyStoreReplica', () => {
  it('accepts a single object whose SHA-256 the store computed as the artifactId', async () => {
    const claim = await claimOf();
    const checksumSha256 = digest(content, 'base64');
    const replica = await verifyStoreReplica(objectsWith({ bytes: 12, checksumSha256 }), claim);
    expect(replica).toEqual({
      key: `artifacts/${claim.artifactId}`,
      verifiedAt: '2026-03-01T12:00:00.000Z',
      checksum: checksumSha256,
    });
  });

  it('accepts a multipart object whose composite is that of the local parts', async () => {
    const claim = await claimOf(5);
    const checksumSha256 = compositeChecksum(claim.parts?.partDigests ?? []);
    expect(checksumSha256).toMatch(/-3$/);
    const replica = await verifyStoreReplica(objectsWith({ bytes: 12, checksumSha256 }), claim);
    expect(replica).toMatchObject({ partBytes: 5, checksum: checksumSha256 });
  });

  it.each<[string, StoredObject | undefined, string]>([
    ['that is not there', undefined, 'is not in the store'],
    ['of another size', { bytes: 11, checksumSha256: 'x' }, 'has 11 bytes, the local file 12'],
    ['that the store never checked', { bytes: 12 }, 'stored without SHA-256'],
    ['with other content', { bytes: 12, checksumSha256: 'x' }, 'the copy is not this file'],
  ])('[sync#L12] refuses an object %s', async (_what, object, message) => {
    const verified = verifyStoreReplica(objectsWith(object), await claimOf());
    await expect(verified).rejects.toThrow(PermanentError);
    await expect(verified).rejects.toThrow(message);
  });
});

describe('createS3StoreObjects', () => {
  const s3With = (answer: () => object) => {
    const s3 = new S3Client({ region: 'us-east-1' });
    const asked: unknown[] = [];
    s3.middlewareStack.add(
      () => async (call) => {
        asked.push(call.input);
        return { response: {}, output: { $metadata: {}, ...answer() } };
      },
      { step: 'initialize' },
    );
    return { s3, asked };
  };
  const refusal = (httpStatusCode: number): S3ServiceException =>
    new S3ServiceException({ name: 'Refused', $fault: 'client', $metadata: { httpStatusCode } });

  it("asks for the store's own checksum", async () => {
    const { s3, asked } = s3With(() => ({ ContentLength: 12, ChecksumSHA256: 'abc' }));
    expect(await createS3StoreObjects(s3).describe('b', 'k')).toEqual({ bytes: 12, checksumSha256: 'abc' });
    expect(asked).toEqual([{ Bucket: 'b', Key: 'k', ChecksumMode: 'ENABLED' }]);
  });

  it('takes 404 as: not there', async () => {
    const { s3 } = s3With(() => {
      throw refusal(404);
    });
    expect(await createS3StoreObjects(s3).describe('b', 'k')).toBeUndefined();
  });

  it('takes 403 as unknown, not as gone: it may pass, and a caller may lack rights', async () => {
    const { s3 } = s3With(() => {
      throw refusal(403);
    });
    const described = createS3StoreObjects(s3).describe('b', 'k');
    await expect(described).rejects.toThrow(TransientError);
    await expect(described).rejects.toThrow(/needs s3:GetObject .* and s3:ListBucket/);
  });

  it('passes every other error on', async () => {
    const { s3 } = s3With(() => {
      throw refusal(503);
    });
    await expect(createS3StoreObjects(s3).describe('b', 'k')).rejects.toThrow(S3ServiceException);
  });
});

describe('registerArtifact', () => {
  const prepare = async () => {
    const claim = await claimOf();
    const checksumSha256 = digest(content, 'base64');
    const ports = {
      artifacts: createMemoryArtifactStore(),
      objects: objectsWith({ bytes: 12, checksumSha256 }),
      audit: createMemoryAuditStore(),
      publisher: createMemoryPublisher(),
      clock: makeClock(),
    };
    const registration = {
      artifactId: claim.artifactId,
      bytes: 12,
      bucket: 'b',
      kind: 'model',
      name: 'hex8_2p',
      version: '12',
      fileName: 'm.pth',
      registeredBy: 'arn:op',
    } as const;
    return { ports, registration };
  };

  it('[sync#L12] registers only with a verified copy in the store, once to effect', async () => {
    const { ports, registration } = await prepare();
    const first = await registerArtifact(ports, registration);
    expect(first).toMatchObject({ created: true, artifact: { storeReplica: { key: expect.any(String) } } });
    expect(await registerArtifact(ports, registration)).toEqual({ ...first, created: false });
    const ids = new Set(ports.publisher.published.map(({ eventId }) => eventId));
    expect([...ids]).toHaveLength(1);
    expect(await ports.audit.listByAction('register-artifact', 9)).toHaveLength(1);
  });

  it('refuses a version that has other bytes already', async () => {
    const { ports, registration } = await prepare();
    await registerArtifact(ports, registration);
    const other = { ...registration, artifactId: 'f'.repeat(64) };
    await expect(registerArtifact(ports, other)).rejects.toThrow('give the new file a new version');
  });

  it('refuses a name that would not be one folder', async () => {
    const { ports, registration } = await prepare();
    await expect(registerArtifact(ports, { ...registration, name: '../etc' })).rejects.toThrow(
      PermanentError,
    );
    expect(await ports.artifacts.list({ limit: 9 })).toEqual([]);
  });
});
