import { describe, expect, it } from 'vitest';
import { copiesKey, decideRecount } from '../../lib/replication/decide-recount.ts';
import { recount } from '../../lib/replication/recount.ts';
import { repairReplication } from '../../lib/replication/repair-replication.ts';
import type { ReplicationConfig } from '../../lib/replication/replication-config.ts';
import { at, inStore, makeHolder, makeInstallation, onNodes } from './fixtures.ts';

const two: ReplicationConfig = { targetNodeCopies: 2 };
const recountedFor = (config: ReplicationConfig) => ({ copies: copiesKey(config), at: at(0), revision: 1 });

describe('decideRecount', () => {
  it.each<[string, ReplicationConfig, ReplicationConfig | undefined, string, string]>([
    ['nothing wanted, as ever', {}, undefined, 'note', 'no-copies-wanted'],
    ['copies wanted for the first time', two, undefined, 'recount', 'copies-wanted'],
    ['the same', two, two, 'none', 'copies-unchanged'],
    ['a raised target', { targetNodeCopies: 3 }, two, 'recount', 'copies-changed'],
    ['a raised minimum', { ...two, minimumNodeCopies: 1 }, two, 'recount', 'copies-changed'],
    ['a kind', { ...two, kinds: { games: { targetNodeCopies: 3 } } }, two, 'recount', 'copies-changed'],
    ['a label', { ...two, labels: { 'a=b': { targetNodeCopies: 3 } } }, two, 'recount', 'copies-changed'],
    ['another budget', { ...two, repairsPerHour: 10 }, two, 'none', 'copies-unchanged'],
    // Else the same target would go unnoticed once it is wanted again.
    ['nothing wanted any more', {}, two, 'note', 'no-copies-wanted'],
  ])('%s', (_name, config, last, action, reason) => {
    const recounted = last === undefined ? undefined : recountedFor(last);
    expect(decideRecount(config, recounted)).toMatchObject({ action, reason });
  });

  it('tells labels in another order apart, because the later wins, and kinds not', () => {
    const [one, other] = [{ targetNodeCopies: 1 }, { targetNodeCopies: 2 }];
    expect(copiesKey({ labels: { 'a=b': one, 'c=d': other } })).not.toBe(
      copiesKey({ labels: { 'c=d': other, 'a=b': one } }),
    );
    expect(copiesKey({ kinds: { games: one, npz: other } })).toBe(
      copiesKey({ kinds: { npz: other, games: one } }),
    );
  });
});

describe('recount', () => {
  const prepare = async () => {
    const held = inStore('held', 1);
    const installation = await makeInstallation([makeHolder(1), makeHolder(2), makeHolder(3)], [held]);
    const { ports } = installation;
    const cycle = (config: ReplicationConfig, full = false) => repairReplication(ports, config, full);
    // Nothing is wanted: it has what it needs, and is looked at no more.
    await cycle({}, true);
    return { ...installation, held, cycle };
  };

  it('has the next cycle see an artifact that lacks copies since the target was raised', async () => {
    const { ports, held, fleet, cycle } = await prepare();
    expect((await cycle(two)).reasons).toEqual({});

    expect(await recount(ports, two)).toEqual({ total: 1, marked: 1 });

    expect((await cycle(two)).reasons).toEqual({ 'node-copies-missing': 1 });
    const pulls = await fleet.deliveries.listByArtifact(held.artifactId);
    expect(pulls).toHaveLength(1);
  });

  it('leaves alone what wants no more than the store, and marks what the store lacks', async () => {
    const installation = await makeInstallation([makeHolder(1)], [inStore('a', 1), onNodes('b', 1)]);
    expect(await recount(installation.ports, {})).toEqual({ total: 2, marked: 1 });
  });

  it('corrects how many artifacts there are', async () => {
    const { ports, cycle } = await prepare();
    const report = await ports.records.report();
    if (report === undefined) throw new Error('nobody counted');
    await ports.records.putReport({ ...report, total: 7 }, report.revision);
    await recount(ports, two);
    expect((await cycle(two, true)).count?.report.total).toBe(1);
  });

  it('is called for by a warning until it was done', async () => {
    const { ports, cycle } = await prepare();
    const alerts = async () => (await cycle(two, true)).count?.report.alerts.map(({ kind }) => kind);
    expect(await alerts()).toEqual(['not-recounted']);
    await recount(ports, two);
    expect(await alerts()).toEqual([]);
  });

  it('is not noted as done when another ended meanwhile, which may have been of other settings', async () => {
    const { ports } = await prepare();
    const artifacts = {
      ...ports.artifacts,
      list: async (filter: { limit: number }) => {
        await recount(ports, { targetNodeCopies: 3 });
        return await ports.artifacts.list(filter);
      },
    };
    await expect(recount({ ...ports, artifacts }, two)).rejects.toThrow('another recount');
    expect(decideRecount(two, await ports.records.recounted()).action).toBe('recount');
  });
});
