import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../../lib/artifacts/artifact.ts';
import { defaultFleetConfig } from '../../../lib/config/fleet-config.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import { toTimestamp } from '../../../lib/time.ts';
import { nodeIdOf } from '../../distribution/fixtures.ts';
import { inStore, makeHolder, onNodes } from '../../replication/fixtures.ts';
import { createTestInstallation } from '../support/test-installation.ts';

const BYTES = Buffer.from('the bytes of a model');

/** The artifact as the store has it. */
const stored = (artifact: Artifact, checksum: string): Artifact => ({
  ...artifact,
  bytes: BYTES.length,
  storeReplica: { key: `artifacts/${artifact.artifactId}`, verifiedAt: toTimestamp(new Date()), checksum },
});

const prepare = async (artifacts: readonly Artifact[], nodes: readonly Node[], replication = {}) => {
  const installation = createTestInstallation();
  const { stores, objects } = installation;
  const now = toTimestamp(new Date());
  for (const node of nodes)
    await stores.nodes.create({
      ...node,
      heartbeatAt: now,
      enrolledAt: now,
      ...(node.inventory === undefined ? {} : { inventory: { ...node.inventory, inventoryAt: now } }),
    });
  const checksum = createHash('sha256').update(BYTES).digest('base64');
  for (const artifact of artifacts) {
    const held = artifact.storeReplica !== undefined;
    if (held) objects.set(`artifacts/${artifact.artifactId}`, BYTES);
    await stores.artifacts.register(held ? stored(artifact, checksum) : artifact);
  }
  await stores.config.put(
    {
      version: 1,
      config: { ...defaultFleetConfig(), replication },
      appliedAt: now,
      appliedBy: 'test',
      reason: 'test',
    },
    0,
  );
  return installation;
};

const threeHolders = [1, 2, 3].map((index) => makeHolder(index));

describe('drover replication', () => {
  it('explains what is done about an artifact, and what each copy is worth', async () => {
    const { run } = await prepare(
      [onNodes('a', 1, 2)],
      [makeHolder(1), makeHolder(2, { capabilities: { ephemeral: true } })],
    );
    const { out, exitCode } = await run(['replication', 'explain', 'a@12']);
    expect(exitCode).toBe(0);
    expect(out).toContain('is pushed into the store with the next cycle');
    expect(out).toContain('(store-copy-missing)');
    expect(out).toMatch(new RegExp(`${nodeIdOf(1)}.*counts`));
    expect(out).toMatch(new RegExp(`${nodeIdOf(2)}.*counts as none`));
  });

  it('says how safe the data is, and what repairs wait for', async () => {
    const { run } = await prepare([onNodes('a', 1), inStore('b')], [makeHolder(1)]);
    const { out } = await run(['replication', 'status']);
    expect(out).toContain('Nobody has counted yet');
    expect(out).toContain('store-copy-missing\t1\t');
    expect((await run(['replication', 'status', '--json'])).json()).toMatchObject({
      next: { 'store-copy-missing': 1, 'enough-copies': 1 },
      running: [],
    });
  });

  it.each([
    [500, false],
    [501, true],
  ])('says whether more is due than was looked at: %i artifacts', async (count, isCutOff) => {
    const artifacts = Array.from({ length: count }, (_, index) => onNodes(`a${index}`, 1));
    const { run } = await prepare(artifacts, [makeHolder(1)]);
    expect((await run(['replication', 'status'])).out.includes('more are due')).toBe(isCutOff);
    expect((await run(['replication', 'status', '--json'])).json()).toMatchObject({ isCutOff });
  });

  it('pauses repair until a time, and says so', async () => {
    const { run, stores } = await prepare([onNodes('a', 1)], [makeHolder(1)]);
    const { out } = await run(['replication', 'pause', '--for', '1h', '--reason', 'moving racks']);
    expect(out).toContain('Repair is paused until');
    expect(await stores.holds.listLive(new Date())).toMatchObject([{ kind: 'no-repair', scope: 'fleet' }]);
    expect((await run(['replication', 'status'])).out).toContain('moving racks');
  });

  it('finds out that the store lost its copy, so that a node brings it back', async () => {
    const artifact = inStore('a', 1);
    const { run, stores, objects } = await prepare([artifact], [makeHolder(1)]);
    expect((await run(['replication', 'repair', 'a@12'])).out).toContain('the store has it');
    objects.clear();
    expect((await run(['replication', 'repair', 'a@12'])).out).toContain('does not have it any more');
    expect((await stores.artifacts.get(artifact.artifactId))?.storeReplica).toBeUndefined();
    expect((await run(['replication', 'explain', 'a@12'])).out).toContain('store-copy-missing');
  });

  it('looks at all artifacts by itself when more copies are wanted of them, and only then', async () => {
    const artifact = inStore('a', 1);
    const { run, stores } = await prepare([artifact], threeHolders);
    await stores.artifacts.settleMark(artifact.artifactId, 1, undefined);
    const mark = async () => (await stores.artifacts.getMarked(artifact.artifactId))?.mark?.state;
    const set = (path: string, value: string) =>
      run(['policy', 'set', path, value, '--reason', 'closer', '--yes']);

    await set('replication.repairsPerHour', '100');
    expect(await mark()).toBeUndefined();
    const { error } = await set('replication.targetNodeCopies', '2');
    expect(error).toContain('the copies that are wanted now: 1.');
    expect(await mark()).toBe('changed');
  });

  it('shows what trimming would delete, and deletes it only with --apply', async () => {
    const artifact = inStore('a', 1, 2, 3);
    const { run, stores } = await prepare([artifact], threeHolders, { targetNodeCopies: 1 });
    const dry = await run(['replication', 'trim']);
    expect(dry.out).toContain('2 copies would be deleted. Nothing was done');
    expect(stores.sender.sent).toEqual([]);
    expect((await run(['replication', 'trim', '--apply'])).exitCode).not.toBe(0);
    const { out } = await run(['replication', 'trim', '--apply', '--yes']);
    expect(out).toContain('2 of 2 copies are being deleted.');
    expect(stores.sender.sent).toMatchObject([{ type: 'delete' }, { type: 'delete' }]);
    expect((await stores.artifacts.get(artifact.artifactId))?.replicaNodeIds).toHaveLength(1);
  });

  it('deletes no copy on a node that a freeze covers, nor any when the holds cannot be read', async () => {
    const { run, stores } = await prepare([inStore('a', 1, 2, 3)], threeHolders, { targetNodeCopies: 1 });
    for (const nodeId of [nodeIdOf(1), nodeIdOf(2)])
      await run(['protect', nodeId, '--for', '1h', '--reason', 'debugging']);

    const { out } = await run(['replication', 'trim', '--apply', '--yes']);

    expect(out).toContain(`on ${nodeIdOf(1)}: held`);
    expect(out).toContain(`on ${nodeIdOf(2)}: held`);
    expect(stores.sender.sent).toEqual([]);
    const unreadable = { ...stores.holds, listLive: () => Promise.reject(new Error('throttled')) };
    Object.assign(stores, { holds: unreadable });
    expect((await run(['replication', 'trim', '--apply', '--yes'])).out).toContain('held');
    expect(stores.sender.sent).toEqual([]);
  });

  it('keeps a copy when the store turns out not to have the artifact', async () => {
    const { run, stores, objects } = await prepare([inStore('a', 1, 2, 3)], threeHolders, {
      targetNodeCopies: 1,
    });
    objects.clear();
    const { out } = await run(['replication', 'trim', '--apply', '--yes']);
    expect(out).toContain('store-copy-missing');
    expect(stores.sender.sent).toEqual([]);
  });
});

describe('drover data at-risk', () => {
  it('lists what is lost or has too few copies, and nodes with which something would be lost', async () => {
    const { run, stores } = await prepare([onNodes('a', 1), onNodes('b')], [makeHolder(1)]);
    for (const { artifact, replicaRevision } of await stores.artifacts.listChanged(10)) {
      const since = toTimestamp(new Date());
      const lost = artifact.replicaNodeIds.length === 0;
      await stores.artifacts.settleMark(
        artifact.artifactId,
        replicaRevision,
        lost ? { state: 'lost', since } : { state: 'under', copies: 1, dueAt: since, since },
      );
    }
    const { out } = await run(['data', 'at-risk']);
    expect(out).toMatch(/b@12\t.*lost/);
    expect(out).toMatch(/a@12\t.*1 copies/);
    expect(out).toContain('inventory-missing');
    expect(out).toContain('claim them in fleet.yaml');
  });

  it('does not say that nothing is while there are artifacts at which nobody looked yet', async () => {
    const { run } = await prepare([onNodes('a', 1)], []);
    const { out } = await run(['data', 'at-risk']);
    expect(out).not.toContain('Nothing is at risk');
    expect(out).toContain('1 artifacts were not looked at yet');
    expect((await run(['data', 'at-risk', '--json'])).json()).toMatchObject({ notLookedAt: 1 });
  });

  it('says that nothing is', async () => {
    const { run } = await prepare([], []);
    expect((await run(['data', 'at-risk'])).out).toContain('Nothing is at risk');
  });
});
