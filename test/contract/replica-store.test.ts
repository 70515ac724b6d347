import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../lib/artifacts/artifact-store.ts';
import { createDynamoArtifactStore } from '../../lib/artifacts/dynamo-artifact-store.ts';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import type { ReplicaMark } from '../../lib/artifacts/replica-mark.ts';
import { PermanentError } from '../../lib/errors.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeArtifact, nodeIdOf, START, sha256 } from '../distribution/fixtures.ts';
import { type LocalTables, startLocalTables } from './artifact-tables.ts';

let local: LocalTables;
beforeAll(async () => {
  local = await startLocalTables();
});
afterAll(async () => {
  await local.stop();
});

const [first, second, third] = [nodeIdOf(1), nodeIdOf(2), nodeIdOf(3)];
const later = (seconds: number): string => toTimestamp(addSeconds(START, seconds));

describe.each([
  ['in memory', async (): Promise<ArtifactStore> => createMemoryArtifactStore()],
  [
    'in DynamoDB',
    async (): Promise<ArtifactStore> =>
      createDynamoArtifactStore(local.client, (await local.create()).artifacts),
  ],
])('the replicas of artifacts %s', (_name, create) => {
  let store: ArtifactStore;
  const { storeReplica, ...onNodesOnly } = makeArtifact();
  const { artifactId } = onNodesOnly;
  if (storeReplica === undefined) throw new Error('the fixture has a store replica');

  const revision = async (id = artifactId): Promise<number> =>
    (await store.getMarked(id))?.replicaRevision ?? -1;
  const settle = async (mark: ReplicaMark | undefined, id = artifactId): Promise<boolean> =>
    store.settleMark(id, await revision(id), mark);
  const holdBy = async (...nodeIds: string[]): Promise<void> => {
    for (const nodeId of nodeIds) await store.addNodeReplica(artifactId, nodeId);
  };
  const markOf = async (id = artifactId): Promise<ReplicaMark | undefined> =>
    (await store.getMarked(id))?.mark;

  beforeEach(async () => {
    store = await create();
    await store.register(onNodesOnly);
  });

  it('marks a new artifact, so that somebody looks at it and counts it', async () => {
    const [marked] = await store.listChanged(10);
    expect(marked).toMatchObject({ artifact: { artifactId }, mark: { state: 'changed' }, isUncounted: true });
    expect(await settle(undefined)).toBe(true);
    expect(await store.listChanged(10)).toEqual([]);
    expect(await store.getMarked(artifactId)).toMatchObject({ mark: undefined, isUncounted: false });
    expect(await store.getMarked(sha256('unknown'))).toBeUndefined();
  });

  it('takes no verdict on copies that changed since', async () => {
    const seen = await revision();
    await holdBy(first);
    expect(await store.settleMark(artifactId, seen, undefined)).toBe(false);
    expect(await markOf()).toEqual({ state: 'changed' });
  });

  it('takes one of two verdicts on the same copies', async () => {
    const seen = await revision();
    const answers = await Promise.all([
      store.settleMark(artifactId, seen, { state: 'lost', since: later(0) }),
      store.settleMark(artifactId, seen, undefined),
    ]);
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('lists what is due: fewest copies first, then what waits longest', async () => {
    const due = async (name: string, copies: number, seconds: number): Promise<string> => {
      const artifact = makeArtifact({ artifactId: sha256(name) });
      await store.register(artifact);
      const mark = { state: 'under', copies, dueAt: later(seconds), since: later(0) } as const;
      await settle(mark, artifact.artifactId);
      return artifact.artifactId;
    };
    const [two, lateOne, one, waits] = [
      await due('a', 2, 1),
      await due('b', 1, 5),
      await due('c', 1, 2),
      await due('d', 0, 60),
    ];
    const now = addSeconds(START, 10);
    const ids = (await store.listDue('under', now, 10)).map(({ artifact }) => artifact.artifactId);
    expect(ids).toEqual([one, lateOne, two]);
    expect(await store.listDue('under', now, 2)).toHaveLength(2);
    expect(await store.listDue('short', now, 10)).toEqual([]);
    expect((await store.listDue('under', addSeconds(START, 60), 1))[0]?.artifact.artifactId).toBe(waits);
    expect(await store.countMarks()).toEqual({
      changed: 1,
      under: 4,
      short: 0,
      lost: 0,
      none: 1,
      single: 2,
    });
  });

  it('keeps all of a mark', async () => {
    const mark = { state: 'under', copies: 1, dueAt: later(60), pushBegun: true, since: later(1) } as const;
    await settle(mark);
    expect(await markOf()).toEqual(mark);
    await store.markChanged(artifactId);
    expect(await markOf()).toMatchObject({ state: 'changed', dueAt: later(60), pushBegun: true });
    const lost = { state: 'lost', since: later(2), toldAt: later(3) } as const;
    await settle(lost);
    expect(await markOf()).toEqual(lost);
    expect((await store.listLost(10)).map(({ mark: found }) => found)).toEqual([lost]);
  });

  it('looks again at an artifact that lacks copies when one is added, and remembers since when it lacks them', async () => {
    await settle({ state: 'under', copies: 0, dueAt: later(60), since: later(1) });
    await holdBy(first);
    expect(await markOf()).toMatchObject({ state: 'changed', since: later(1) });
  });

  it('does not look again at one that lacks nothing when a copy is added', async () => {
    await settle(undefined);
    await holdBy(first);
    expect(await markOf()).toBeUndefined();
  });

  it('drops the last copy too, when it is a fact that it is gone', async () => {
    await holdBy(first);
    await settle(undefined);
    expect(await store.dropNodeReplica(artifactId, first)).toBe(true);
    expect((await store.get(artifactId))?.replicaNodeIds).toEqual([]);
    expect(await markOf()).toMatchObject({ state: 'changed' });
    expect(await store.dropNodeReplica(artifactId, first)).toBe(false);
    expect(await store.dropNodeReplica(sha256('unknown'), first)).toBe(false);
  });

  it('removes copies only down to those that are to stay', async () => {
    await store.setStoreReplica(artifactId, storeReplica);
    await holdBy(first, second, third);
    const answers = await Promise.all(
      [first, second, third].map((nodeId) => store.removeNodeReplica(artifactId, nodeId, 2)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect((await store.get(artifactId))?.replicaNodeIds).toHaveLength(2);
  });

  it('marks an artifact of which a copy was removed', async () => {
    await store.setStoreReplica(artifactId, storeReplica);
    await holdBy(first);
    await settle(undefined);
    expect(await store.removeNodeReplica(artifactId, first)).toBe(true);
    expect(await markOf()).toMatchObject({ state: 'changed' });
  });

  it('has a store replica again when one is verified', async () => {
    expect(await store.setStoreReplica(artifactId, storeReplica)).toBe(true);
    expect(await store.setStoreReplica(artifactId, storeReplica)).toBe(false);
    expect((await store.get(artifactId))?.storeReplica).toEqual(storeReplica);
    expect(await store.dropStoreReplica(artifactId, later(-500))).toBe(false);
    expect(await store.dropStoreReplica(artifactId, storeReplica.verifiedAt)).toBe(true);
    expect((await store.get(artifactId))?.storeReplica).toBeUndefined();
    const { created, artifact } = await store.register({ ...onNodesOnly, storeReplica });
    expect({ created, replica: artifact.storeReplica }).toEqual({ created: false, replica: storeReplica });
  });

  it('marks on demand what is registered', async () => {
    await settle(undefined);
    expect(await store.markChanged(artifactId)).toBe(true);
    expect(await markOf()).toEqual({ state: 'changed' });
    expect(await store.markChanged(sha256('unknown'))).toBe(false);
    await expect(store.addNodeReplica(sha256('unknown'), first)).rejects.toThrow(PermanentError);
  });
});
