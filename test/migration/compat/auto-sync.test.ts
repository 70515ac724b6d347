import { describe, expect, it } from 'vitest';
import { AutoSync } from '../../../lib/migration/compat/auto-sync.ts';
import {
  type AutoSyncSettings,
  readAutoSyncSettings,
  type SyncStrategy,
} from '../../../lib/migration/compat/auto-sync-settings.ts';
import { TrainingNodeWatcher } from '../../../lib/migration/compat/training-watcher.ts';
import { makeArtifact, makeNode, nodeIdOf } from '../../distribution/fixtures.ts';
import { createInstallation } from './memory-installation.ts';

const prepare = async (config: AutoSyncSettings = {}, sections: Readonly<Record<string, unknown>> = {}) => {
  const installation = await createInstallation(sections);
  await installation.nodes.create(makeNode(1));
  await installation.artifacts.register(makeArtifact({ kind: 'games' }));
  return { ...installation, daemon: new AutoSync(config, installation.ports) };
};
const order = { query: { name: 'hex8_2p' }, kind: 'games', timeoutSeconds: 1 } as const;
const flushed = { sourceNode: nodeIdOf(1), name: 'hex8_2p', kind: 'games', reason: 'old code' } as const;

describe('AutoSync', () => {
  it('syncNow() asks for what matches, without the nodes that the configuration leaves out', async () => {
    const { daemon, publisher } = await prepare({ strategy: 'broadcast', exclude: [nodeIdOf(2)] });
    const outcome = await daemon.syncNow({ ...order, exclude: [nodeIdOf(3)] });
    // Nobody answers here: what was only sent is never called confirmed.
    expect(outcome).toMatchObject({ artifactIds: [makeArtifact().artifactId], confirmed: false });
    expect(publisher.published).toMatchObject([
      {
        name: 'SyncRequested',
        fields: {
          query: { artifactId: makeArtifact().artifactId },
          exclude: [nodeIdOf(2), nodeIdOf(3)],
        },
      },
    ]);
  });

  it('flushNow() has one node bring what it has, at once', async () => {
    const { daemon, publisher } = await prepare({ strategy: 'ephemeral' });
    const { eventId } = await daemon.flushNow(flushed);
    expect(publisher.published).toMatchObject([
      { name: 'DataProduced', eventId, fields: { nodeId: nodeIdOf(1), urgent: true } },
    ]);
  });

  it.each([
    ['auto', true, true],
    ['hybrid', true, true],
    ['broadcast', true, false],
    ['pull', true, false],
    ['ephemeral', false, true],
  ] as const satisfies readonly (readonly [SyncStrategy, boolean, boolean])[])(
    'with the strategy %s brings data to nodes: %s; off nodes: %s',
    async (strategy, toNodes, offNodes) => {
      const { daemon } = await prepare({ strategy });
      const works = (call: Promise<unknown>) =>
        call.then(
          () => true,
          (error: unknown) => {
            expect(String(error)).toContain(`the strategy ${strategy} does not`);
            return false;
          },
        );
      expect(await works(daemon.syncNow(order))).toBe(toNodes);
      expect(await works(daemon.flushNow(flushed))).toBe(offNodes);
    },
  );

  it('start() and stop() change nothing: data that may vanish must not wait', async () => {
    const { daemon, live, publisher } = await prepare();
    await daemon.start();
    await daemon.stop();
    expect(await live()).toEqual([]);
    expect(publisher.published).toEqual([]);
  });

  it.each([
    [{ batchSeconds: 30 }, {}, 'sync.batchSeconds is 60, not 30'],
    [{ maxDiskUsedPercent: 90 }, { maxDiskUsedPercent: 80 }, 'sync.maxDiskUsedPercent is 80, not 90'],
    [{ bandwidthBytesPerSecond: 1 }, {}, "sync.bandwidthBytesPerSecond is its provider's default, not 1"],
  ])('start() refuses %j beside %j, which would have no effect', async (config, sync, message) => {
    const { daemon } = await prepare(config, { sync });
    await expect(daemon.start()).rejects.toThrow(`${message}: set it in fleet.yaml`);
  });

  it('start() takes settings that fleet.yaml has as well', async () => {
    const config = { batchSeconds: 30, maxDiskUsedPercent: 80, bandwidthBytesPerSecond: 5 };
    const { daemon } = await prepare(config, { sync: config });
    await expect(daemon.start()).resolves.toBeUndefined();
  });

  it('status() says what is not in the store yet', async () => {
    const { daemon } = await prepare();
    expect(await daemon.status()).toMatchObject({ unknownNodes: 1, nodes: [{ nodeId: nodeIdOf(1) }] });
  });
});

describe('readAutoSyncSettings', () => {
  it('takes what has an equivalent, and names what has none, with its line', () => {
    const text = [
      'hosts: { vast-1: {} }',
      'sync_routing: { max_disk_usage_percent: 72 }',
      'auto_sync: { interval_seconds: 45, bandwidth_limit_mbps: 20, exclude_hosts: [a] }',
    ].join('\n');
    expect(readAutoSyncSettings({ name: 'distributed_hosts.yaml', text })).toEqual({
      settings: {
        strategy: 'auto',
        batchSeconds: 45,
        bandwidthBytesPerSecond: 20_000_000,
        maxDiskUsedPercent: 72,
      },
      notConverted: [expect.stringMatching(/^distributed_hosts\.yaml:3:\d+ auto_sync\.exclude_hosts: /)],
    });
  });

  it('refuses a file that is wrong, with line and column', () => {
    expect(() =>
      readAutoSyncSettings({ name: 'hosts.yaml', text: 'auto_sync:\n  interval_seconds: x\n' }),
    ).toThrow(/hosts\.yaml:2:21/);
  });
});

describe('TrainingNodeWatcher', () => {
  it('says which nodes hold a lease of type training', async () => {
    const { ports, nodes } = await prepare();
    const lease = { workId: 'w-1', attempt: 1, leaseUntil: '2026-11-25T13:00:00.000Z' };
    await nodes.create(makeNode(2, { leases: { 't-1': { ...lease, jobType: 'training' } } }));
    await nodes.create(makeNode(3, { leases: { 't-2': { ...lease, jobType: 'constraint' } } }));
    expect(await new TrainingNodeWatcher(ports).getTrainingNodes()).toEqual(new Set([nodeIdOf(2)]));
  });

  it('triggerPrioritySync() brings fresh data to one node first', async () => {
    const { ports, publisher } = await prepare();
    await new TrainingNodeWatcher(ports).triggerPrioritySync({ name: 'hex8_2p', nodeId: nodeIdOf(1) });
    expect(publisher.published).toMatchObject([
      { name: 'TrainingStarted', fields: { name: 'hex8_2p', nodeId: nodeIdOf(1) } },
    ]);
  });
});
