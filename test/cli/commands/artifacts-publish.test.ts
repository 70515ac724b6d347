import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { npy, zip } from '../../artifacts/npz-files.ts';
import { startEmptyFrontDoor } from '../support/front-door.ts';
import { BUCKET, createTestInstallation, OPERATOR } from '../support/test-installation.ts';

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drover-publish-'));
  frontDoor = await startEmptyFrontDoor();
  await createTestInstallation(frontDoor.endpoint).clients.s3.send(
    new CreateBucketCommand({ Bucket: BUCKET }),
  );
});
afterAll(async () => {
  await frontDoor.stop();
  rmSync(folder, { recursive: true, force: true });
});

const resultSchema = z.object({
  created: z.boolean(),
  artifact: z.looseObject({ artifactId: z.string() }),
  upload: z.looseObject({ outcome: z.string(), sentBytes: z.number(), resumedBytes: z.number() }),
});

const sha256 = (bytes: Buffer, encoding: 'hex' | 'base64'): string =>
  createHash('sha256').update(bytes).digest(encoding);

const write = (name: string, bytes: Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const publish = (file: string, version: string, name = 'm'): string[] => [
  'artifacts',
  'publish',
  file,
  '--kind',
  'model',
  '--name',
  name,
  '--version',
  version,
  '--json',
];

describe('drover artifacts publish', () => {
  it('uploads, verifies, registers, announces and audits a small file', async () => {
    const { run, stores } = createTestInstallation(frontDoor.endpoint);
    const bytes = randomBytes(100_000);
    const done = await run([...publish(write('small.pth', bytes), '1'), '--label', 'board=hex8']);
    expect(done).toMatchObject({ exitCode: 0, error: '' });
    expect(resultSchema.parse(done.json())).toMatchObject({
      created: true,
      upload: { outcome: 'uploaded', sentBytes: 100_000, resumedBytes: 0 },
      artifact: {
        artifactId: sha256(bytes, 'hex'),
        labels: { board: 'hex8' },
        fileName: 'small.pth',
        storeReplica: { checksum: sha256(bytes, 'base64') },
      },
    });
    const [row] = await stores.audit.listBySubject(`artifact:${sha256(bytes, 'hex')}`, 10);
    expect(row).toMatchObject({ actor: OPERATOR, action: 'register-artifact' });
    expect(stores.publisher.published.map(({ name }) => name)).toEqual(['ArtifactRegistered']);
  });

  it('sends bytes that are there only once, and verifies them again', async () => {
    const { run } = createTestInstallation(frontDoor.endpoint);
    const path = write('twice.pth', randomBytes(50_000));
    await run(publish(path, '1'));
    const again = await run(publish(path, '1'));
    expect(again.exitCode).toBe(0);
    expect(resultSchema.parse(again.json())).toMatchObject({
      created: false,
      upload: { outcome: 'already-there', sentBytes: 0 },
    });
  });

  it('sends a file above 64 MB in parts that the store checks one by one', async () => {
    const { run } = createTestInstallation(frontDoor.endpoint);
    const bytes = randomBytes(70_000_000);
    const part = 64 * 1024 * 1024;
    const digests = [bytes.subarray(0, part), bytes.subarray(part)].map((each) =>
      createHash('sha256').update(each).digest(),
    );
    const done = await run(publish(write('large.pth', bytes), '1'));
    expect(done).toMatchObject({ exitCode: 0, error: '' });
    expect(resultSchema.parse(done.json()).artifact).toMatchObject({
      storeReplica: { checksum: `${sha256(Buffer.concat(digests), 'base64')}-2`, partBytes: part },
    });
  });

  it('lets two people publish the same file at the same time', async () => {
    const { run } = createTestInstallation(frontDoor.endpoint);
    const path = write('race.pth', randomBytes(5_000_000));
    const both = await Promise.all([run(publish(path, '1')), run(publish(path, '1'))]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(both.filter((each) => resultSchema.parse(each.json()).created)).toHaveLength(1);
  });

  it('refuses other bytes under a name and version that are taken, before it sends them [sync#13-10]', async () => {
    const { run, clients } = createTestInstallation(frontDoor.endpoint);
    await run(publish(write('a.pth', randomBytes(2000)), '1', 'taken'));
    const other = randomBytes(2000);
    const refused = await run(publish(write('b.pth', other), '1', 'taken'));
    expect(refused.exitCode).toBe(1);
    expect(refused.error).toContain('give the new file a new version');
    const head = new HeadObjectCommand({ Bucket: BUCKET, Key: artifactKey(sha256(other, 'hex')) });
    await expect(clients.s3.send(head)).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });

  it('refuses the same bytes under a second name', async () => {
    const { run } = createTestInstallation(frontDoor.endpoint);
    const path = write('one.pth', randomBytes(2000));
    await run(publish(path, '1', 'first'));
    const refused = await run(publish(path, '1', 'second'));
    expect(refused.exitCode).toBe(1);
    expect(refused.error).toContain('registered as model first@1');
  });

  it.each([
    ['a file that is not there', () => join(folder, 'gone.pth'), 1, /cannot read/],
    ['a folder', () => folder, 1, /not a regular file/],
    ['an empty file', () => write('empty.pth', Buffer.alloc(0)), 1, /is empty/],
    ['a name that no node can have', () => write('with space.pth', Buffer.alloc(9)), 2, /rename the file/],
  ])('refuses %s', async (_title, file, exitCode, message) => {
    const done = await createTestInstallation(frontDoor.endpoint).run(publish(file(), '1'));
    expect(done.exitCode).toBe(exitCode);
    expect(done.error).toMatch(message);
  });

  it.each([
    ['a text as npz', 'npz', Buffer.from('no zip at all'), /nodes would refuse \S+: not a zip file/],
    [
      'an array that ends early',
      'npz',
      zip([{ name: 'a.npy', content: npy("'<f4'", '(10,)', 36) }]),
      /nodes would refuse \S+: the array a.npy: its shape needs 40 bytes/,
    ],
    ['100 bytes as model', 'model', randomBytes(100), /nodes would refuse \S+: .* the minimum is 1024/],
  ])(
    'refuses %s, which every node would refuse, before it sends it',
    async (_title, kind, bytes, message) => {
      const { run, clients } = createTestInstallation(frontDoor.endpoint);
      const file = write('unusable', bytes);
      const words = publish(file, '1').map((word) => (word === 'model' ? kind : word));

      const refused = await run(words);

      expect(refused.exitCode).toBe(1);
      expect(refused.error).toMatch(message);
      expect(refused.error.trimEnd()).not.toContain('\n');
      const head = new HeadObjectCommand({ Bucket: BUCKET, Key: artifactKey(sha256(bytes, 'hex')) });
      await expect(clients.s3.send(head)).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    },
  );

  it('takes a sound npz, and small files of other kinds', async () => {
    const { run } = createTestInstallation(frontDoor.endpoint);
    const npz = write('sound.npz', zip([{ name: 'a.npy', content: npy("'<f4'", '(10,)', 40) }]));
    const small = write('small.bin', randomBytes(9));
    const as = (file: string, kind: string): string[] =>
      publish(file, '1').map((word) => (word === 'model' ? kind : word));

    expect((await run(as(npz, 'npz'))).exitCode).toBe(0);
    expect((await run(as(small, 'checkpoint'))).exitCode).toBe(0);
  });

  it('says how to go on after Ctrl-C', async () => {
    const path = write('stopped.pth', randomBytes(2000));
    const signal = AbortSignal.abort();
    const done = await createTestInstallation(frontDoor.endpoint).run(publish(path, '1'), { signal });
    expect(done.exitCode).toBe(1);
    expect(done.error).toContain('run the same command again');
  });
});
