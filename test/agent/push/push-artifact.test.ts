import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TransferStreak } from '../../../agent/commands/transfer-streak.ts';
import { StoredArtifacts } from '../../../agent/data/stored-artifacts.ts';
import { openDataFolder } from '../../../agent/disk/data-folder.ts';
import { UploadReports } from '../../../agent/flush/upload-reports.ts';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { pushArtifact } from '../../../agent/push/push-artifact.ts';
import { Reporter } from '../../../agent/reports/reporter.ts';
import { Sequence } from '../../../agent/reports/sequence.ts';
import { Semaphore } from '../../../agent/semaphore.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { createClients } from '../../../cli/clients.ts';
import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { createS3StoreObjects } from '../../../lib/artifacts/s3-store-objects.ts';
import { parseReport } from '../../../lib/nodes/parse-report.ts';
import type { UploadedArtifact } from '../../../lib/nodes/uploaded-artifact.ts';
import { startEmptyFrontDoor } from '../../cli/support/front-door.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const BUCKET = 'drover-test-artifacts';
const GOOD = 'the games of a night';
const PATH = 'games/selfplay/1/night.npz';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const flushing = { signal: new AbortController().signal, onActivity: () => undefined };
const command = {
  schemaVersion: 1,
  commandId: 'c-1',
  nodeId: 'n-0123456789ab',
  attempt: 1,
  issuedAt: '2026-01-01T00:00:00.000Z',
  deadlineAt: '2026-01-01T01:00:00.000Z',
  type: 'push',
  artifactId: sha256(GOOD),
  kind: 'games',
  name: 'selfplay',
  version: '1',
  bytes: GOOD.length,
  path: PATH,
} as const;

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
const s3 = () => createClients({ region: 'us-east-1', endpoint: frontDoor.endpoint }).s3;
beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
  await s3().send(new CreateBucketCommand({ Bucket: BUCKET }));
});
afterAll(async () => {
  await frontDoor.stop();
});

const object = { Bucket: BUCKET, Key: artifactKey(command.artifactId) };
const inStore = () => createS3StoreObjects(s3()).describe(BUCKET, object.Key);

/** A node that remembers the artifact as one that the store has, though the store has nothing. */
const prepare = async (files: Readonly<Record<string, string>>) => {
  const folder = await openDataFolder(realpathSync(temporaryFolder()));
  const { root } = folder;
  const cache = new HashCache(root, folder.hashCache);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    await cache.remember(path, sha256(content));
  }
  const told: UploadedArtifact[] = [];
  const send = async (body: string): Promise<void> => {
    const report = parseReport(JSON.parse(body));
    if (report.type === 'artifact') told.push(report.artifact);
  };
  const reporter = new Reporter({
    send,
    sendSome: async (bodies) => {
      for (const body of bodies) await send(body);
      return [];
    },
    sequence: await Sequence.open(folder.state, new Date(), silentLog),
    nodeId: () => command.nodeId,
    bootId: 'boot',
    uuid: () => '00000000-0000-4000-8000-000000000001',
    timing: systemTiming,
    log: silentLog,
  });
  const stored = await StoredArtifacts.open(folder.storedArtifacts, silentLog);
  onTestFinished(async () => {
    await stored.close();
    await s3().send(new DeleteObjectCommand(object));
  });
  await stored.stored(command.artifactId, command.bytes);
  const push = () =>
    pushArtifact(
      command,
      {
        root,
        stored,
        reports: new UploadReports(stored, reporter),
        cache,
        withS3: async (call) => await call(s3()),
        bucket: () => BUCKET,
        uploads: folder.uploads,
        transfers: new Semaphore(1),
        streak: new TransferStreak(),
        bandwidth: undefined,
        timing: systemTiming,
        log: silentLog,
      },
      flushing,
    );
  return { told, push };
};

describe('pushArtifact', () => {
  it('brings the copy into the store though this agent remembers that the store has it, and tells of it each time', async () => {
    const { push, told } = await prepare({ [PATH]: GOOD });

    await push();
    await push();

    expect(await inStore()).toEqual({
      bytes: GOOD.length,
      checksumSha256: createHash('sha256').update(GOOD).digest('base64'),
    });
    expect(told.map(({ artifactId, kind, version }) => ({ artifactId, kind, version }))).toEqual(
      [1, 2].map(() => ({
        artifactId: command.artifactId,
        kind: 'games',
        version: command.artifactId.slice(0, 12),
      })),
    );
  });

  it('takes another copy on this disk when the one at its path is gone or bad', async () => {
    const { push } = await prepare({ [PATH]: 'something else here!', 'own/copy.npz': GOOD });
    await push();
    expect(await inStore()).toMatchObject({ bytes: GOOD.length });
  });

  it.each([
    ['not-found', {}],
    ['checksum-mismatch', { [PATH]: 'the gamez of a night' }],
  ])('brings nothing that is not the artifact: %s', async (failureClass, files) => {
    const { push, told } = await prepare(files);
    await expect(push()).rejects.toMatchObject({ failureClass });
    expect(await inStore()).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('fails, and blames not its own copy, when the store has other bytes under the key', async () => {
    const { push, told } = await prepare({ [PATH]: GOOD });
    await s3().send(new PutObjectCommand({ ...object, Body: 'not these', ChecksumAlgorithm: 'SHA256' }));
    await expect(push()).rejects.toMatchObject({ failureClass: 'store-refused' });
    expect(told).toEqual([]);
  });
});
