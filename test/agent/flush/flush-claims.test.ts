import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TransferStreak } from '../../../agent/commands/transfer-streak.ts';
import { compileRules } from '../../../agent/data/file-rules.ts';
import { StoredArtifacts } from '../../../agent/data/stored-artifacts.ts';
import { openDataFolder } from '../../../agent/disk/data-folder.ts';
import { flushClaims } from '../../../agent/flush/flush-claims.ts';
import { UploadReports } from '../../../agent/flush/upload-reports.ts';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { Reporter } from '../../../agent/reports/reporter.ts';
import { Sequence } from '../../../agent/reports/sequence.ts';
import { Semaphore } from '../../../agent/semaphore.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { createClients } from '../../../cli/clients.ts';
import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { createS3StoreObjects } from '../../../lib/artifacts/s3-store-objects.ts';
import { verifyStoreReplica } from '../../../lib/artifacts/verify-store-replica.ts';
import { parseReport } from '../../../lib/nodes/parse-report.ts';
import type { UploadedArtifact } from '../../../lib/nodes/uploaded-artifact.ts';
import { startEmptyFrontDoor } from '../../cli/support/front-door.ts';
import { failToRead } from '../disk/disk-faults.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const BUCKET = 'drover-test-artifacts';
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
const s3 = () => createClients({ region: 'us-east-1', endpoint: frontDoor.endpoint }).s3;
beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
  await s3().send(new CreateBucketCommand({ Bucket: BUCKET }));
});
afterAll(async () => {
  await frontDoor.stop();
});

const claim = { glob: '~/games/**', kind: 'games' as const, name: 'selfplay', labels: { run: '7' } };

/** A node with the claim, whose reports can be refused; `restart` forgets what is not on disk. */
const prepare = async (claims = [claim]) => {
  const home = realpathSync(temporaryFolder());
  const folder = await openDataFolder(join(home, 'drover'));
  const { root } = folder;
  const told: UploadedArtifact[] = [];
  const state = { refuses: false };
  const send = async (body: string): Promise<void> => {
    if (state.refuses) throw new Error('the queue is busy');
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
    nodeId: () => 'n-0123456789ab',
    bootId: 'boot',
    uuid: () => '00000000-0000-4000-8000-000000000001',
    timing: {
      ...systemTiming,
      // No pause, but timers must get their turn: a refusing queue would spin for ever.
      wait: async (_seconds, signal) => {
        await setImmediate();
        return !signal.aborted;
      },
    },
    log: silentLog,
  });
  const write = (path: string, content: string | Buffer): string => {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const restart = async (bucket = BUCKET) => {
    const stored = await StoredArtifacts.open(folder.storedArtifacts, silentLog);
    onTestFinished(() => stored.close());
    const streak = new TransferStreak();
    const cache = new HashCache(root, folder.hashCache);
    const flush = async (signal = new AbortController().signal, onActivity = (): void => undefined) =>
      await flushClaims(
        {
          root,
          outsidePaths: async () => [home],
          rules: () => compileRules({ digest: 'c', claim: claims, ignore: [] }, { home, root }),
          stored,
          reports: new UploadReports(stored, reporter),
          cache,
          withS3: async (call) => await call(s3()),
          bucket: () => bucket,
          uploads: folder.uploads,
          transfers: new Semaphore(1),
          streak,
          bandwidth: undefined,
          timing: systemTiming,
          log: silentLog,
        },
        { signal, onActivity },
      );
    return { stored, streak, cache, flush };
  };
  return { folder, told, state, write, restart };
};

const inStore = async (bytes: string | Buffer) =>
  await createS3StoreObjects(s3()).describe(BUCKET, artifactKey(sha256(bytes)));

describe('flushClaims', () => {
  it('brings claimed files into the store and tells of them under the name of the claim', async () => {
    const { told, write, restart } = await prepare();
    write('games/night 1/a b(1).npz', 'games of a night');
    write('other/b.npz', 'not claimed');
    write('games/empty', '');
    const { flush, stored } = await restart();
    await flush();

    const artifactId = sha256('games of a night');
    expect(told).toEqual([
      {
        artifactId,
        kind: 'games',
        name: 'selfplay',
        labels: { run: '7' },
        version: artifactId.slice(0, 12),
        fileName: 'a_b_1_.npz',
        bytes: 16,
      },
    ]);
    expect(await inStore('games of a night')).toMatchObject({ bytes: 16 });
    expect(await inStore('not claimed')).toBeUndefined();
    expect(stored.has(artifactId)).toBe(true);
  });

  it('claims files of the data root too, but nothing of its own', async () => {
    const { told, write, restart } = await prepare([{ ...claim, glob: '**' }]);
    write('drover/runs/a.npz', 'in the data root');
    write('drover/runs/.a.npz.0a1b2c3d.partial', 'half a delivery');
    const { flush } = await restart();
    await flush();
    expect(told.map(({ fileName }) => fileName)).toEqual(['a.npz']);
  });

  it('sends nothing that the store has: a second time, a copy, a pulled artifact, what another brought', async () => {
    const { told, write, restart } = await prepare();
    write('games/a', 'the same games');
    write('games/b', 'the same games');
    write('games/pulled', 'pulled before');
    const first = await restart();
    await first.stored.stored(sha256('pulled before'), 13);
    await first.flush();
    await first.flush();
    expect(told).toHaveLength(1);

    const other = await prepare();
    other.write('games/c', 'the same games');
    await (await other.restart()).flush();
    expect(other.told.map(({ artifactId }) => artifactId)).toEqual([sha256('the same games')]);
  });

  it('tells of an upload after a crash that came before the report was taken', async () => {
    const { told, state, write, restart } = await prepare();
    write('games/a', 'told late');
    state.refuses = true;
    const crash = new AbortController();
    const { flush, stored } = await restart();
    const flushing = flush(crash.signal);
    await expect.poll(() => stored.unreported().length).toBe(1);
    crash.abort(new Error('the power is gone'));
    await expect(flushing).rejects.toThrow('the power is gone');
    expect(told).toEqual([]);

    state.refuses = false;
    const again = await restart();
    await again.flush();
    expect(told.map(({ artifactId }) => artifactId)).toEqual([sha256('told late')]);
    expect(again.stored.unreported()).toEqual([]);
  });

  it('leaves a file that somebody writes for the next time', async () => {
    const { told, write, restart } = await prepare();
    const growing = write('games/growing', Buffer.alloc(8 * 1024 * 1024));
    write('games/rests', 'it rests');
    let isWriting = true;
    const writer = (async () => {
      while (isWriting) {
        appendFileSync(growing, 'more');
        await setImmediate();
      }
    })();
    const { flush } = await restart();
    await flush();
    isWriting = false;
    await writer;
    expect(told.map(({ fileName }) => fileName)).toEqual(['rests']);
    await flush();
    expect(told.map(({ fileName }) => fileName).sort()).toEqual(['growing', 'rests']);
  });

  it('brings the others when the disk cannot read one of them', async () => {
    const { told, write, restart } = await prepare();
    const bad = write('games/a.npz', 'on a bad sector');
    write('games/b.npz', 'sound');
    const { flush } = await restart();
    const mend = failToRead(bad);
    await flush();
    expect(told.map(({ fileName }) => fileName)).toEqual(['b.npz']);
    mend();
    await flush();
    expect(told.map(({ fileName }) => fileName).sort()).toEqual(['a.npz', 'b.npz']);
  });

  it('never brings a rotten file as the newest of its name, until somebody changes it', async () => {
    const { folder, told, write, restart } = await prepare([claim, { ...claim, glob: '**' }]);
    /** With a time that never changes: what a disk does in silence. */
    const writeAt = (path: string, content: string): void =>
      utimesSync(write(path, content), 1_700_000_000, 1_700_000_000);
    writeAt('games/a.npz', 'games');
    writeAt('drover/runs/b.npz', 'runs');
    const { flush, cache } = await restart();
    await flush();
    await cache.condemn(join(folder.root, '../games/a.npz'));
    await cache.condemn('runs/b.npz');
    writeAt('games/a.npz', 'gamez');
    writeAt('drover/runs/b.npz', 'runz');
    await flush();
    expect(told).toHaveLength(2);

    write('games/a.npz', 'other games');
    await flush();
    expect(told.map(({ bytes }) => bytes)).toContain(11);
    expect(told).toHaveLength(3);
  });

  it('fails when the store refuses, and counts that as a failed transfer', async () => {
    const { told, write, restart } = await prepare();
    write('games/a', 'refused');
    const { flush, streak } = await restart('no-such-bucket');
    await expect(flush()).rejects.toMatchObject({ failureClass: 'store-refused' });
    expect(streak.failures).toBe(1);
    expect(told).toEqual([]);
  });

  it('goes on with a large file after a kill, part by part, to what the control plane can verify', async () => {
    const { folder, told, write, restart } = await prepare();
    const bytes = randomBytes(150 * 1024 * 1024);
    const path = write('games/large', bytes);
    const kill = new AbortController();
    const first = await restart();
    let seen = 0;
    // Hashing counts as activity once for each chunk; what comes after it is sent.
    const killing = first.flush(kill.signal, () => {
      seen += 1;
      if (seen > 150 + 130) kill.abort(new Error('killed'));
    });
    await expect(killing).rejects.toThrow('killed');
    expect(readdirSync(folder.uploads)).toHaveLength(1);

    const again = await restart();
    await again.flush();

    const [artifact] = told;
    expect(artifact?.parts?.partDigests).toHaveLength(3);
    if (artifact?.parts === undefined) throw new Error('it was sent in parts');
    const replica = await verifyStoreReplica(createS3StoreObjects(s3()), {
      bucket: BUCKET,
      artifactId: sha256(bytes),
      bytes: bytes.length,
      parts: artifact.parts,
      now: new Date(),
    });
    expect(replica.checksum).toMatch(/-3$/);
    expect(readdirSync(folder.uploads)).toEqual([]);
    rmSync(path);
  });
});
