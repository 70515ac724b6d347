import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { addSeconds, toTimestamp } from '../../../lib/time.ts';
import { temporaryFolder } from '../../agent/temporary-folder.ts';
import { makeArtifact, makeNode, nodeIdOf, START } from '../../distribution/fixtures.ts';
import { startEmptyFrontDoor } from '../support/front-door.ts';
import { BUCKET, createTestInstallation } from '../support/test-installation.ts';

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
});
afterAll(async () => {
  await frontDoor.stop();
});

const QUERY = ['--kind', 'games', '--name', 'hex8_2p'];
const contentOf = (index: number): Buffer => Buffer.alloc(300_000, index);
const games = (index: number) =>
  makeArtifact({
    artifactId: createHash('sha256').update(contentOf(index)).digest('hex'),
    kind: 'games',
    version: String(index),
    fileName: 'games.db',
    bytes: 300_000,
    registeredAt: toTimestamp(addSeconds(START, index)),
  });

/** Two files in the store. */
const prepare = async () => {
  const installation = createTestInstallation(frontDoor.endpoint);
  const { clients, stores } = installation;
  await clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET })).catch(() => undefined);
  for (const index of [1, 2]) {
    const artifact = games(index);
    await stores.artifacts.register(artifact);
    const Key = artifactKey(artifact.artifactId);
    await clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: contentOf(index) }));
  }
  return { ...installation, to: join(temporaryFolder(), 'data') };
};

describe('drover sync pull', () => {
  it('brings the newest that match, goes on where it was interrupted, and replaces nothing', async () => {
    const { run, to } = await prepare();
    const path = (index: number): string => join(to, 'games', 'hex8_2p', String(index), 'games.db');
    const one = ['sync', 'pull', ...QUERY, '--to', to];
    expect((await run(one)).exitCode).toBe(0);
    expect(readFileSync(path(2))).toEqual(contentOf(2));
    expect(existsSync(path(1))).toBe(false);

    const both = [...one, '--newest', '2'];
    expect((await run(both)).out).toContain('already-there');
    expect(readFileSync(path(1))).toEqual(contentOf(1));

    writeFileSync(path(1), 'notes of mine');
    const refused = await run(both);
    expect([refused.exitCode, refused.error]).toEqual([
      1,
      expect.stringContaining('nothing is ever replaced'),
    ]);
    expect(readFileSync(path(1), 'utf8')).toBe('notes of mine');
  });

  it('takes up the bytes of an earlier run, and throws away what is not the artifact', async () => {
    const { run, to } = await prepare();
    const one = ['sync', 'pull', ...QUERY, '--to', to];
    await run(one);
    const path = join(to, 'games', 'hex8_2p', '1', 'games.db');
    const partial = `${path}.${games(1).artifactId.slice(0, 8)}.partial`;
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(partial, contentOf(1).subarray(0, 100_000));
    expect((await run([...one, '--newest', '2'])).exitCode).toBe(0);
    expect(readFileSync(path)).toEqual(contentOf(1));
    expect(existsSync(partial)).toBe(false);
  });

  it('says so when nothing matches, and what is missing in the command line', async () => {
    const { run, to } = await prepare();
    expect((await run(['sync', 'pull', '--name', 'other', '--to', to])).exitCode).toBe(1);
    expect((await run(['sync', 'pull', '--to', to])).exitCode).toBe(2);
  });
});

describe('drover sync', () => {
  it('shows what is not in the store, and who can be sent nothing', async () => {
    const { run, stores } = await prepare();
    await stores.nodes.create(makeNode(1, { disk: { totalBytes: 100, freeBytes: 5, usedPercent: 95 } }));
    const { exitCode, out } = await run(['sync', 'status']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      new RegExp(`${nodeIdOf(1)}\\thybrid\\tunknown\\t\\tstop-producing\\tdisk-full since`),
    );
  });

  it('asks for a sync, and does not take what was not verified for done', async () => {
    const { run, stores } = await prepare();
    await stores.nodes.create(makeNode(1));
    const { exitCode, out } = await run(['sync', 'run', ...QUERY, '--timeout', '1', '--target', nodeIdOf(1)]);
    expect(exitCode).toBe(1);
    expect(out).toContain('Not all');
    expect(stores.publisher.published).toMatchObject([
      {
        name: 'SyncRequested',
        fields: { query: { artifactId: games(2).artifactId }, targets: [nodeIdOf(1)] },
      },
    ]);
  });

  it('tells a node to flush', async () => {
    const { run, stores } = await prepare();
    await stores.nodes.create(makeNode(1));
    expect((await run(['sync', 'flush', nodeIdOf(1), ...QUERY])).exitCode).toBe(0);
    expect(stores.publisher.published).toMatchObject([{ name: 'DataProduced', fields: { urgent: true } }]);
    expect((await run(['sync', 'flush', nodeIdOf(2), ...QUERY])).exitCode).toBe(1);
  });
});
