import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../lib/artifacts/artifact.ts';
import { createMemoryConfigStore } from '../../lib/config/memory-config-store.ts';
import { randomIds } from '../../lib/ids.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { consumedSyncEventSchema } from '../../lib/sync/consumed-event.ts';
import { dispatchSync } from '../../lib/sync/dispatch-sync.ts';
import { distributionPolicyOf } from '../../lib/sync/distribution-policy-of.ts';
import { createSyncFacade } from '../../lib/sync/facade.ts';
import { createMemoryBlockedStore } from '../../lib/sync/memory-blocked-store.ts';
import { createMemoryEgressStore } from '../../lib/sync/memory-egress-store.ts';
import type { SyncConfig } from '../../lib/sync/sync-config.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeArtifact, makeFleet, makeNode, nodeIdOf, START, sha256 } from '../distribution/fixtures.ts';

const games = (index: number, labels: Record<string, string> = {}): Artifact =>
  makeArtifact({
    artifactId: sha256(`games ${index}`),
    kind: 'games',
    name: 'hex8_2p',
    version: String(index),
    fileName: 'games.db',
    bytes: 400,
    labels,
    registeredAt: toTimestamp(addSeconds(START, index)),
  });

const prepare = async (
  nodes: readonly Node[],
  artifacts: readonly Artifact[] = [],
  config: SyncConfig = {},
) => {
  const fleet = { ...(await makeFleet(nodes, artifacts)), egress: createMemoryEgressStore() };
  const settings = { config, distribution: distributionPolicyOf(config) };
  return {
    fleet,
    dispatch: async (event: unknown, eventId = 'e-1'): Promise<void> =>
      await dispatchSync(
        fleet,
        consumedSyncEventSchema.parse({ eventId, occurredAt: toTimestamp(START), ...Object(event) }),
        settings,
      ),
    commands: () => fleet.sender.sent.map(({ nodeId, type }) => [nodeId, type]),
    pulled: () =>
      fleet.sender.sent.flatMap((command) =>
        command.type === 'pull' ? [[command.nodeId, command.version]] : [],
      ),
    named: (name: string) => fleet.publisher.published.filter((event) => event.name === name),
  };
};
const requested = (fields: object) => ({ name: 'SyncRequested', fields: { reason: 'test', ...fields } });

describe('dispatchSync', () => {
  it('has a node that can vanish bring what it made, and another batch it', async () => {
    const ephemeral = makeNode(1, { capabilities: { ephemeral: true } });
    const { dispatch, commands } = await prepare([ephemeral, makeNode(2)]);
    const made = (nodeId: string) => ({ name: 'DataProduced', fields: { nodeId, kind: 'games', name: 'a' } });
    await dispatch(made(nodeIdOf(1)), 'e-1');
    await dispatch(made(nodeIdOf(2)), 'e-2');
    expect(commands()).toEqual([[nodeIdOf(1), 'flush']]);
  });

  it('reads the one node that an event is about, not the fleet', async () => {
    const { dispatch, fleet, commands } = await prepare([makeNode(1, { capabilities: { ephemeral: true } })]);
    fleet.nodes.listByLifecycle = () => Promise.reject(new Error('the fleet was read'));
    await dispatch({ name: 'DataProduced', fields: { nodeId: nodeIdOf(1), kind: 'games', name: 'a' } });
    expect(commands()).toEqual([[nodeIdOf(1), 'flush']]);
  });

  it('says that an event of an unknown node can never be handled', async () => {
    const { dispatch } = await prepare([]);
    const event = { name: 'DataProduced', fields: { nodeId: nodeIdOf(9), kind: 'games', name: 'a' } };
    await expect(dispatch(event)).rejects.toThrow('never enrolled');
  });

  it('does an event that comes twice once', async () => {
    const { dispatch, commands, fleet } = await prepare([makeNode(1)], [games(1)]);
    const event = requested({ query: { name: 'hex8_2p' } });
    await dispatch(event);
    await dispatch(event);
    expect(commands()).toEqual([[nodeIdOf(1), 'pull']]);
    expect((await fleet.egress.get('2026-03-01'))?.bytes).toBe(400);
  });

  it('sends the newest that fit, with the labels that are asked for', async () => {
    const artifacts = [
      games(1, { board: 'hex8' }),
      games(2, { board: 'hex8' }),
      games(3),
      games(4, { board: 'hex8' }),
    ];
    const { dispatch, pulled } = await prepare([makeNode(1)], artifacts);
    await dispatch(
      requested({ query: { name: 'hex8_2p', kind: 'games', labels: { board: 'hex8' }, newest: 2 } }),
    );
    expect(pulled().sort()).toEqual([
      [nodeIdOf(1), '2'],
      [nodeIdOf(1), '4'],
    ]);
  });

  it('sends to every eligible node, or to those that are named, without those that are excluded', async () => {
    const nodes = [1, 2, 3].map((index) => makeNode(index));
    const all = await prepare(nodes, [games(1)]);
    await all.dispatch(requested({ query: { name: 'hex8_2p' }, exclude: [nodeIdOf(2)] }));
    expect(all.pulled().map(([nodeId]) => nodeId)).toEqual([nodeIdOf(1), nodeIdOf(3)]);

    const named = await prepare(nodes, [games(1)]);
    await named.dispatch(requested({ query: { name: 'hex8_2p' }, targets: [nodeIdOf(3)] }));
    expect(named.pulled()).toEqual([[nodeIdOf(3), '1']]);
  });

  it('brings the newest training files to the node that starts to train', async () => {
    const npz = (index: number) =>
      makeArtifact({ ...games(index), artifactId: sha256(`npz ${index}`), kind: 'npz', fileName: 'a.npz' });
    const { dispatch, pulled } = await prepare([makeNode(1), makeNode(2)], [npz(1), npz(2), games(3)]);
    await dispatch({ name: 'TrainingStarted', fields: { name: 'hex8_2p', nodeId: nodeIdOf(2) } });
    expect(pulled()).toEqual([[nodeIdOf(2), '2']]);
  });

  it('brings so many of them to a node that trains as the settings say, of which a request or schedule knows nothing', async () => {
    const npz = (index: number) =>
      makeArtifact({ ...games(index), artifactId: sha256(`npz ${index}`), kind: 'npz', fileName: 'a.npz' });
    const training = await prepare([makeNode(1)], [npz(1), npz(2), npz(3)], { newest: 2 });
    await training.dispatch({ name: 'TrainingStarted', fields: { name: 'hex8_2p', nodeId: nodeIdOf(1) } });
    expect(training.pulled()).toHaveLength(2);

    const asked = await prepare([makeNode(1)], [npz(1), npz(2), npz(3)], { newest: 2 });
    await asked.dispatch(requested({ query: { name: 'hex8_2p', kind: 'npz' } }));
    expect(asked.pulled()).toEqual([[nodeIdOf(1), '3']]);
  });

  it('says so when nothing matches, rather than nothing', async () => {
    const { dispatch, named } = await prepare([makeNode(1)]);
    await dispatch(requested({ query: { name: 'hex8_2p' } }));
    expect(named('SyncHeld')).toMatchObject([{ fields: { reason: 'nothing-matches', requestedBy: 'e-1' } }]);
  });

  it('warns at 80 % of the budget of a day, and holds at 100 % all but what is critical', async () => {
    const artifacts = [games(1), games(2), games(3), games(4)];
    const { dispatch, named, pulled, fleet } = await prepare([makeNode(1)], artifacts, {
      dailyEgressGigabytes: 1e-6,
    });
    const want = (index: number, more: object = {}) =>
      requested({ query: { artifactId: sha256(`games ${index}`) }, ...more });
    await dispatch(want(1), 'e-1');
    expect(named('EgressBudgetReached')).toEqual([]);
    await dispatch(want(2), 'e-2');
    expect(named('EgressBudgetReached')).toMatchObject([
      { fields: { percent: 80, usedBytes: 800, budgetBytes: 1000 } },
    ]);
    await dispatch(want(3), 'e-3');
    expect(named('EgressBudgetReached').at(-1)).toMatchObject({ fields: { percent: 100, usedBytes: 1200 } });
    await dispatch(want(4), 'e-4');
    expect(named('SyncHeld')).toMatchObject([{ fields: { reason: 'egress-budget' } }]);
    expect(pulled()).toHaveLength(3);
    await dispatch(want(4, { priority: 'critical' }), 'e-5');
    expect(pulled()).toHaveLength(4);
    fleet.clock.advance(86_400);
    expect((await fleet.egress.get('2026-03-02'))?.bytes).toBeUndefined();
  });

  it('keeps to the bandwidth of each provider', async () => {
    const { dispatch, fleet } = await prepare([makeNode(1, { provider: 'vast' }), makeNode(2)], [games(1)]);
    await dispatch(requested({ query: { name: 'hex8_2p' } }));
    expect(
      fleet.sender.sent.map((command) =>
        command.type === 'pull' ? command.bandwidthBytesPerSecond : undefined,
      ),
    ).toEqual([50_000_000, 100_000_000]);
  });
});

describe('the facade', () => {
  const open = async (
    nodes: readonly Node[],
    artifacts: readonly Artifact[],
    onSleep: () => Promise<void>,
  ) => {
    const prepared = await prepare(nodes, artifacts);
    const { fleet } = prepared;
    const facade = createSyncFacade({
      ...fleet,
      blocked: createMemoryBlockedStore(),
      config: createMemoryConfigStore(),
      ids: randomIds,
      sleep: async (seconds) => {
        fleet.clock.advance(seconds);
        // What the bus and the function would do.
        for (const { name, eventId, fields } of fleet.publisher.published.filter(
          (one) => one.name === 'SyncRequested',
        ))
          await prepared.dispatch({ name, fields }, eventId);
        await onSleep();
      },
    });
    return { ...prepared, facade };
  };

  it('confirms what targets have verified, never what was only sent', async () => {
    const sent = await open([makeNode(1)], [games(1)], async () => undefined);
    expect(await sent.facade.sync({ query: { name: 'hex8_2p' }, timeoutSeconds: 5 })).toMatchObject({
      confirmed: false,
      targets: [{ nodeId: nodeIdOf(1), outcome: 'pending' }],
    });
    const quick = await open([makeNode(1)], [games(1)], async () => undefined);
    expect(await quick.facade.sync({ query: { name: 'hex8_2p' }, requireConfirmation: false })).toMatchObject(
      { confirmed: false, targets: [{ outcome: 'pending', reason: 'on its way' }] },
    );

    const verified = await open([makeNode(1)], [games(1)], async () => {
      for (const { distributionId } of await verified.fleet.distributions.list(10))
        await verified.fleet.distributions.addVerified(distributionId, nodeIdOf(1));
    });
    expect(await verified.facade.sync({ query: { name: 'hex8_2p' } })).toMatchObject({
      confirmed: true,
      targets: [{ nodeId: nodeIdOf(1), outcome: 'verified' }],
    });
  });

  it('tells of every named target, also of one that never was', async () => {
    const { facade } = await open(
      [makeNode(1, { lifecycle: 'draining' }), makeNode(2)],
      [games(1)],
      async () => undefined,
    );
    const { targets, confirmed } = await facade.sync({
      query: { name: 'hex8_2p' },
      targets: [nodeIdOf(1), nodeIdOf(2), nodeIdOf(9)],
      requireConfirmation: false,
    });
    expect(confirmed).toBe(false);
    expect(targets.map(({ nodeId, outcome }) => [nodeId, outcome]).sort()).toEqual([
      [nodeIdOf(1), 'skipped'],
      [nodeIdOf(2), 'pending'],
      [nodeIdOf(9), 'skipped'],
    ]);
  });

  it('has a node flush before anything else, and says who is blocked and what is not in the store', async () => {
    const full = makeNode(2, { disk: { totalBytes: 100, freeBytes: 5, usedPercent: 95 } });
    const { facade, named } = await open([makeNode(1), full], [], async () => undefined);
    await facade.triggerPrioritySync({
      reason: 'test',
      sourceNode: nodeIdOf(1),
      name: 'hex8_2p',
      kind: 'games',
    });
    expect(named('DataProduced')).toMatchObject([{ fields: { nodeId: nodeIdOf(1), urgent: true } }]);
    const order = { reason: 'test', sourceNode: nodeIdOf(7), name: 'hex8_2p', kind: 'games' } as const;
    await expect(facade.triggerPrioritySync(order)).rejects.toThrow('there is no node');
    expect((await facade.getSyncStatus()).nodes).toMatchObject([
      { nodeId: nodeIdOf(1), diskTier: 'open' },
      { nodeId: nodeIdOf(2), diskTier: 'stop-producing', blocked: { reason: 'disk-full', isLong: false } },
    ]);
  });
});
