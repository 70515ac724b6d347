import { describe, expect, it } from 'vitest';
import { type Artifact, artifactKey } from '../../lib/artifacts/artifact.ts';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import type { StoredObject } from '../../lib/artifacts/store-objects.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { TransientError } from '../../lib/errors.ts';
import { randomIds } from '../../lib/ids.ts';
import { requestRepair } from '../../lib/replication/request-repair.ts';
import { toTimestamp } from '../../lib/time.ts';
import { makeClock, START } from '../distribution/fixtures.ts';
import { inStore, onNodes } from './fixtures.ts';

const checksumOf = ({ artifactId }: Artifact): string => Buffer.from(artifactId, 'hex').toString('base64');

const prepare = async (artifact: Artifact, describeObject: () => Promise<StoredObject | undefined>) => {
  const artifacts = createMemoryArtifactStore();
  await artifacts.register(artifact);
  const audit = createMemoryAuditStore();
  return {
    repair: async () =>
      await requestRepair(
        {
          artifacts,
          objects: { describe: describeObject },
          bucket: 'b',
          audit,
          clock: makeClock(),
          ids: randomIds,
        },
        artifact,
        { by: 'operator', reason: 'test' },
      ),
    replica: async () => (await artifacts.get(artifact.artifactId))?.storeReplica,
    actions: async () =>
      (await audit.listBySubject(`artifact:${artifact.artifactId}`, 10)).map(({ action }) => action).sort(),
  };
};

describe('requestRepair', () => {
  const known = inStore('a');
  const forgotten = onNodes('a');
  const sound = { bytes: known.bytes, checksumSha256: known.storeReplica?.checksum ?? 'none' };

  it.each<[string, StoredObject | undefined, string, boolean]>([
    ['has it', sound, 'sound', false],
    ['has nothing', undefined, 'gone', true],
    ['has another size', { ...sound, bytes: known.bytes + 1 }, 'different', true],
    ['has other bytes', { ...sound, checksumSha256: 'other' }, 'different', true],
    ['has no checksum of it', { bytes: known.bytes }, 'unknown', false],
  ])(
    'drops what META counts on only when the store denies it: it %s',
    async (_what, stored, storeCopy, dropped) => {
      const { repair, replica, actions } = await prepare(known, async () => stored);
      expect(await repair()).toEqual({ storeCopy, dropped, restored: false });
      expect(await replica()).toEqual(dropped ? undefined : known.storeReplica);
      expect(await actions()).toEqual(dropped ? ['drop-store-copy', 'repair-artifact'] : ['repair-artifact']);
    },
  );

  it.each([known, forgotten])(
    'changes nothing when the store does not let the caller know',
    async (artifact) => {
      const { repair, replica, actions } = await prepare(artifact, async () => {
        throw new TransientError('denied');
      });
      await expect(repair()).rejects.toThrow('denied');
      expect(await replica()).toEqual(artifact.storeReplica);
      expect(await actions()).toEqual([]);
    },
  );

  it('counts a forgotten copy again that the store proves to have', async () => {
    const checksum = checksumOf(forgotten);
    const { repair, replica, actions } = await prepare(forgotten, async () => ({
      bytes: forgotten.bytes,
      checksumSha256: checksum,
    }));
    expect(await repair()).toEqual({ storeCopy: 'sound', dropped: false, restored: true });
    expect(await replica()).toEqual({
      key: artifactKey(forgotten.artifactId),
      verifiedAt: toTimestamp(START),
      checksum,
    });
    expect(await actions()).toEqual(['repair-artifact', 'restore-store-copy']);
  });

  it.each<[string, StoredObject | undefined, string]>([
    ['nothing', undefined, 'unregistered'],
    ['another size', { bytes: forgotten.bytes + 1, checksumSha256: checksumOf(forgotten) }, 'different'],
    ['other bytes', { bytes: forgotten.bytes, checksumSha256: 'other' }, 'different'],
    ['no checksum', { bytes: forgotten.bytes }, 'unknown'],
    ['only the composite of parts', { bytes: forgotten.bytes, checksumSha256: 'parts-3' }, 'unknown'],
  ])('counts no forgotten copy of which the store has %s', async (_what, stored, storeCopy) => {
    const { repair, replica } = await prepare(forgotten, async () => stored);
    expect(await repair()).toEqual({ storeCopy, dropped: false, restored: false });
    expect(await replica()).toBeUndefined();
  });
});
