import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { openDataFolder } from '../../../agent/disk/data-folder.ts';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { pullArtifact } from '../../../agent/pull/pull-artifact.ts';
import { KeyedMutex } from '../../../agent/semaphore.ts';
import { systemTiming } from '../../../agent/wait.ts';
import type { PullCommand } from '../../../lib/commands/command.ts';
import { failToRead } from '../disk/disk-faults.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const content = Buffer.from('the bytes of a model');
const artifactId = createHash('sha256').update(content).digest('hex');
const command: PullCommand = {
  schemaVersion: 1,
  commandId: 'c-1',
  nodeId: 'n-000000000001',
  attempt: 1,
  issuedAt: '2026-11-20T10:00:00.000Z',
  deadlineAt: '2026-11-20T11:00:00.000Z',
  type: 'pull',
  artifactId,
  kind: 'other',
  name: 'm',
  version: '1',
  bytes: content.length,
  path: 'other/m/1/m.bin',
  store: { bucket: 'artifacts', key: `artifacts/${artifactId}` },
};
const addressSchema = z.object({ port: z.int() });

/** A store that has the object, and counts how often it was asked. */
const openStore = async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? '');
    response.writeHead(206, {
      'content-length': content.length,
      'content-range': `bytes 0-${content.length - 1}/${content.length}`,
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = addressSchema.parse(server.address());
  const client = new S3Client({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  });
  return { asked, client };
};

const openNode = async () => {
  const { asked, client } = await openStore();
  const folder = await openDataFolder(temporaryFolder());
  const hashCache = new HashCache(folder.root, folder.hashCache);
  const tools = {
    folder,
    hashCache,
    withS3: async <T>(call: (s3: S3Client) => Promise<T>): Promise<T> => await call(client),
    minimumModelBytes: 1,
    stallSeconds: 5,
    bandwidth: undefined,
    artifactMutex: new KeyedMutex(),
    linkMutex: new KeyedMutex(),
    timing: systemTiming,
    log: silentLog,
  };
  const pull = () =>
    pullArtifact(
      command,
      tools,
      new AbortController().signal,
      () => undefined,
      () => undefined,
    );
  return { asked, folder, hashCache, pull };
};

describe('pullArtifact', () => {
  it('takes the bytes from a copy on this disk, and asks the store for nothing', async () => {
    const { asked, folder, hashCache, pull } = await openNode();
    writeFileSync(join(folder.root, 'copy.bin'), content);
    await hashCache.remember('copy.bin', artifactId);
    expect(await pull()).toMatchObject({ transferredBytes: 0 });
    expect(readFileSync(join(folder.root, command.path))).toEqual(content);
    expect(asked).toEqual([]);
  });

  it('takes them from the store when that copy has rotted unseen', async () => {
    const { asked, folder, hashCache, pull } = await openNode();
    const copy = join(folder.root, 'copy.bin');
    const then = new Date('2026-11-20T10:00:00.000Z');
    writeFileSync(copy, content);
    utimesSync(copy, then, then);
    await hashCache.remember('copy.bin', artifactId);
    writeFileSync(copy, content.toString().replace('model', 'ROTTN'));
    utimesSync(copy, then, then);
    expect(await pull()).toMatchObject({ transferredBytes: content.length });
    expect(readFileSync(join(folder.root, command.path))).toEqual(content);
    expect(asked).toHaveLength(1);
    expect(readdirSync(folder.quarantine)).not.toEqual([]);
  });

  it('takes them from the store when that copy cannot be read any more', async () => {
    const { asked, folder, hashCache, pull } = await openNode();
    const copy = join(folder.root, 'copy.bin');
    writeFileSync(copy, content);
    await hashCache.remember('copy.bin', artifactId);
    failToRead(copy);
    expect(await pull()).toMatchObject({ transferredBytes: content.length });
    expect(asked).toHaveLength(1);
  });

  it('takes the artifact anew when the one in its place cannot be read any more', async () => {
    const { folder, pull } = await openNode();
    const target = join(folder.root, command.path);
    mkdirSync(join(target, '..'), { recursive: true });
    writeFileSync(target, content);
    const mend = failToRead(target);
    expect(await pull()).toMatchObject({ transferredBytes: content.length });
    mend();
    expect(readFileSync(target)).toEqual(content);
  });
});
