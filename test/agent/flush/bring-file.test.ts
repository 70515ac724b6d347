import { createHash } from 'node:crypto';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TransferStreak } from '../../../agent/commands/transfer-streak.ts';
import { StoredArtifacts } from '../../../agent/data/stored-artifacts.ts';
import { openDataFolder } from '../../../agent/disk/data-folder.ts';
import { bringFile, bringResting } from '../../../agent/flush/bring-file.ts';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { Semaphore } from '../../../agent/semaphore.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { createClients } from '../../../cli/clients.ts';
import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { createS3StoreObjects } from '../../../lib/artifacts/s3-store-objects.ts';
import { startEmptyFrontDoor } from '../../cli/support/front-door.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const BUCKET = 'drover-test-artifacts';
const CONTENT = 'the games of a night';
const artifactId = createHash('sha256').update(CONTENT).digest('hex');
const object = { Bucket: BUCKET, Key: artifactKey(artifactId) };
const as = { kind: 'games', name: 'selfplay' } as const;

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
const s3 = () => createClients({ region: 'us-east-1', endpoint: frontDoor.endpoint }).s3;
beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
  await s3().send(new CreateBucketCommand({ Bucket: BUCKET }));
});
afterAll(async () => {
  await frontDoor.stop();
});

const inStore = async () => await createS3StoreObjects(s3()).describe(BUCKET, object.Key);

const prepare = async () => {
  const folder = await openDataFolder(realpathSync(temporaryFolder()));
  const path = join(folder.root, 'night.npz');
  writeFileSync(path, CONTENT);
  const cache = new HashCache(folder.root, folder.hashCache);
  const stored = await StoredArtifacts.open(folder.storedArtifacts, silentLog);
  onTestFinished(async () => {
    await stored.close();
    await s3().send(new DeleteObjectCommand(object));
  });
  const tools = {
    root: folder.root,
    stored,
    reports: { deliver: async () => undefined },
    cache,
    withS3: async <T>(call: (client: ReturnType<typeof s3>) => Promise<T>) => await call(s3()),
    bucket: () => BUCKET,
    uploads: folder.uploads,
    transfers: new Semaphore(1),
    streak: new TransferStreak(),
    bandwidth: undefined,
    timing: systemTiming,
    log: silentLog,
  };
  const flushing = { signal: new AbortController().signal, onActivity: () => undefined };
  return {
    stored,
    remember: async () => {
      await cache.remember('night.npz', artifactId);
      await stored.stored(artifactId, CONTENT.length);
    },
    bring: async () => await bringFile(path, as, tools, flushing),
    bringResting: async () => await bringResting(path, as, tools, flushing),
  };
};

describe('bringFile', () => {
  it('brings again what the store lost, though this agent remembers that the store has it', async () => {
    const { bring, remember, stored } = await prepare();
    await remember();
    expect(await bring()).toBe(artifactId);
    expect(await inStore()).toMatchObject({ bytes: CONTENT.length });
    expect(stored.unreported().map((artifact) => artifact.artifactId)).toEqual([artifactId]);
  });

  it.each(['', 'the games of a nigh'])(
    'does not take other bytes under the key for the file: "%s"',
    async (Body) => {
      const { bring, remember, stored } = await prepare();
      await remember();
      await s3().send(new PutObjectCommand({ ...object, Body, ChecksumAlgorithm: 'SHA256' }));
      await expect(bring()).rejects.toMatchObject({
        failureClass: 'store-refused',
        message: expect.stringContaining('Remove that object by hand'),
      });
      expect(stored.unreported()).toEqual([]);
    },
  );
});

describe('bringResting', () => {
  it('goes by what it remembers: the file stays, and its inventory lets META decide', async () => {
    const { bringResting: bring, remember } = await prepare();
    await remember();
    expect(await bring()).toBe(artifactId);
    expect(await inStore()).toBeUndefined();
  });
});
