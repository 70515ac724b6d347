import { beforeEach, describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../lib/constants.ts';
import { consumedEventSchema } from '../../lib/distribution/consumed-event.ts';
import { dispatchEvent } from '../../lib/distribution/dispatch-event.ts';
import { explainDistribution } from '../../lib/distribution/explain-distribution.ts';
import { recordCommandResult } from '../../lib/distribution/record-command-result.ts';
import { PermanentError } from '../../lib/errors.ts';
import { eventsConsumedBy } from '../../lib/events/catalogue.ts';
import { knownEventSchema } from '../../lib/events/known-event.ts';
import { derivedId } from '../../lib/ids.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import {
  type Fleet,
  failed,
  makeArtifact,
  makeFleet,
  makeNode,
  nodeIdOf,
  policy,
  START,
  sentFiles,
  sha256,
  succeeded,
} from './fixtures.ts';

const model = makeArtifact();
const occurredAt = toTimestamp(START);
const event = (name: string, fields: object, eventId = 'event-1', at = occurredAt) =>
  consumedEventSchema.parse({ name, eventId, occurredAt: at, fields });
const promoted = (fields: object = { artifactId: model.artifactId }, eventId = 'event-1', at = occurredAt) =>
  event('ModelPromoted', fields, eventId, at);

const dispatch = (fleet: Fleet, ...events: ReturnType<typeof event>[]): Promise<void> =>
  events.reduce((before, one) => before.then(() => dispatchEvent(fleet, one, policy)), Promise.resolve());

/** Every sent pull is answered with proof, and the events that follow are dispatched. */
const proveAll = async (fleet: Fleet): Promise<void> => {
  const from = fleet.publisher.published.length;
  for (const command of sentFiles(fleet)) {
    await recordCommandResult(fleet, command.nodeId, succeeded(command), fleet.clock.now());
  }
  for (const published of fleet.publisher.published.slice(from)) {
    await dispatch(fleet, consumedEventSchema.parse(published));
  }
};

const namesOf = (fleet: Fleet): string[] => fleet.publisher.published.map(({ name }) => name);

describe('dispatchEvent', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await makeFleet([makeNode(1), makeNode(2)], [model]);
  });

  it('handles every event that the catalogue gives it, and no other', () => {
    const handled = consumedEventSchema.options.map((option) => option.shape.name.value);
    expect(handled.sort()).toEqual(eventsConsumedBy(FUNCTIONS.dispatchDistribution).sort());
  });

  it('[sync#13-13] sends one model to every node, with its link', async () => {
    await fleet.artifacts.register(makeArtifact({ version: '11' }));
    await dispatch(fleet, promoted());
    expect(sentFiles(fleet)).toMatchObject(
      [1, 2].map((index) => ({
        type: 'pull',
        nodeId: nodeIdOf(index),
        artifactId: model.artifactId,
        path: 'models/hex8_2p/12/m.pth',
        store: { bucket: 'drover-test-artifacts', key: `artifacts/${model.artifactId}` },
        current: { promotedAt: occurredAt },
      })),
    );
  });

  it('[sync#7.5-9] has no further effect when the event comes again', async () => {
    await dispatch(fleet, promoted(), promoted());
    expect(sentFiles(fleet)).toHaveLength(2);
    expect(namesOf(fleet)).toEqual(['DistributionStarted']);
  });

  it('[sync#7.5-10] sends nothing again while a second promotion of the same model waits for the same rows', async () => {
    await dispatch(fleet, promoted(), promoted({ name: 'hex8_2p', version: '12' }, 'event-2'));
    expect(sentFiles(fleet)).toHaveLength(2);
    const row = await fleet.deliveries.get(model.artifactId, nodeIdOf(1));
    expect(row?.distributionIds).toHaveLength(2);
  });

  it('[sync#7.5-1] completes by the receivers word only, once, with all fields of the schema', async () => {
    await dispatch(fleet, promoted());
    expect(namesOf(fleet)).toEqual(['DistributionStarted']);
    await proveAll(fleet);
    const closing = fleet.publisher.published.filter(({ name }) => name === 'DistributionCompleted');
    expect(closing).toMatchObject([
      {
        fields: {
          artifactId: model.artifactId,
          nodes: [nodeIdOf(1), nodeIdOf(2)],
          missing: [],
          missingCount: 0,
          eligibleCount: 2,
          requiredVerified: 2,
        },
      },
    ]);
    expect(await fleet.audit.listByAction('end-distribution', 9)).toMatchObject([
      { subject: `distribution:${derivedId('d', 'event-1', model.artifactId)}`, reason: 'enough-verified' },
    ]);
    expect(await fleet.audit.listByAction('start-distribution', 9)).toHaveLength(1);
  });

  it('[sync#7.5-3] [sync#7.5-4] [sync#13-15] announces start and end as events that every reader can parse', async () => {
    await dispatch(fleet, promoted());
    await proveAll(fleet);
    expect(namesOf(fleet)).toEqual([
      'DistributionStarted',
      'DeliveryVerified',
      'DeliveryVerified',
      'DistributionCompleted',
    ]);
    for (const published of fleet.publisher.published) {
      expect(knownEventSchema.safeParse(published).success).toBe(true);
    }
  });

  it('[sync#7.5-5] a failed attempt names its artifact and node, and is repeated by the ledger', async () => {
    await dispatch(fleet, promoted());
    const [command] = sentFiles(fleet);
    if (command === undefined) throw new Error('nothing was sent');
    await recordCommandResult(fleet, command.nodeId, failed(command, 'stalled'), START);
    const published = fleet.publisher.published.find(({ name }) => name === 'DeliveryFailed');
    expect(published?.fields).toMatchObject({
      artifactId: model.artifactId,
      nodeId: command.nodeId,
      final: false,
    });
    fleet.clock.advance(30);
    await dispatch(fleet, consumedEventSchema.parse(published));
    expect(sentFiles(fleet).at(-1)).toMatchObject({ nodeId: command.nodeId, attempt: 2 });
  });

  it('[sync#7.5-2] [sync#13-10] sends a new version beside the old one: rows are keyed by content', async () => {
    await dispatch(fleet, promoted());
    await proveAll(fleet);
    const next = makeArtifact({ version: '13' });
    await fleet.artifacts.register(next);
    await dispatch(fleet, promoted({ name: 'hex8_2p', version: '13' }, 'event-2'));
    expect(sentFiles(fleet).slice(2)).toMatchObject([
      { artifactId: next.artifactId, path: 'models/hex8_2p/13/m.pth' },
      { artifactId: next.artifactId, path: 'models/hex8_2p/13/m.pth' },
    ]);
  });

  it('[sync#7.5-8] lets holders of a prefetched model follow its promotion', async () => {
    const prefetch = { name: 'hex8_2p', progressPercent: 85, checkpointArtifactId: model.artifactId };
    await dispatch(fleet, event('TrainingProgressed', prefetch, 'event-0'));
    await proveAll(fleet);
    expect(sentFiles(fleet).every(({ current }) => current === undefined)).toBe(true);
    await dispatch(fleet, promoted());
    const follows = sentFiles(fleet).filter(({ type }) => type === 'verify');
    expect(follows).toMatchObject([
      { current: { promotedAt: occurredAt } },
      { current: { promotedAt: occurredAt } },
    ]);
    expect(namesOf(fleet).filter((name) => name === 'DistributionCompleted')).toHaveLength(2);
    await proveAll(fleet);
    expect(sentFiles(fleet).filter(({ type }) => type === 'verify')).toHaveLength(2);
  });

  it('lets a pull that was under way when its model was promoted follow afterwards', async () => {
    const prefetch = { name: 'hex8_2p', progressPercent: 80, checkpointArtifactId: model.artifactId };
    await dispatch(fleet, event('TrainingProgressed', prefetch, 'event-0'), promoted());
    expect(sentFiles(fleet)).toHaveLength(2);
    await proveAll(fleet);
    expect(sentFiles(fleet).map(({ type }) => type)).toEqual(['pull', 'pull', 'verify', 'verify']);
  });

  it('prefetches a checkpoint from 80 %, once, and does nothing below or without one', async () => {
    const progress = (progressPercent: number, eventId: string, checkpointArtifactId?: string) =>
      event('TrainingProgressed', { name: 'hex8_2p', progressPercent, checkpointArtifactId }, eventId);
    await dispatch(fleet, progress(79.9, 'e-1', model.artifactId), progress(95, 'e-2'));
    expect(sentFiles(fleet)).toEqual([]);
    await dispatch(fleet, progress(80, 'e-3', model.artifactId), progress(90, 'e-4', model.artifactId));
    expect(sentFiles(fleet)).toHaveLength(2);
    expect(await fleet.distributions.list(9)).toHaveLength(1);
  });

  it('sends a new node the latest promoted model of each name, and nobody else', async () => {
    const other = makeArtifact({ name: 'square8_2p' });
    await fleet.artifacts.register(other);
    const old = makeArtifact({ version: '11' });
    await fleet.artifacts.register(old);
    await fleet.artifacts.markPromoted(old.artifactId, toTimestamp(addSeconds(START, -20)));
    await fleet.artifacts.markPromoted(model.artifactId, toTimestamp(addSeconds(START, -10)));
    await fleet.artifacts.markPromoted(other.artifactId, toTimestamp(addSeconds(START, -5)));
    await dispatch(fleet, event('NodeActivated', { nodeId: nodeIdOf(2) }));
    const sent = sentFiles(fleet).map(({ nodeId, artifactId }) => `${nodeId} ${artifactId}`);
    expect(sent.sort()).toEqual(
      [model, other].map(({ artifactId }) => `${nodeIdOf(2)} ${artifactId}`).sort(),
    );
  });

  it('[sync#13-13] sends a node that has returned the promoted models that it lacks, without a distribution for those it holds', async () => {
    const other = makeArtifact({ name: 'other' });
    await fleet.artifacts.register(other);
    await dispatch(fleet, promoted());
    await proveAll(fleet);
    await dispatch(fleet, promoted({ artifactId: other.artifactId }, 'event-2'));
    const before = sentFiles(fleet).length;
    const late = makeNode(9);
    await fleet.nodes.create(late);
    await fleet.artifacts.addNodeReplica(model.artifactId, late.nodeId);
    const returned = event('NodeReturned', { nodeId: late.nodeId, silentSince: occurredAt }, 'event-3');
    await dispatch(fleet, returned, returned);
    expect(sentFiles(fleet).slice(before)).toMatchObject([
      {
        type: 'verify',
        nodeId: late.nodeId,
        artifactId: model.artifactId,
        current: { promotedAt: occurredAt },
      },
      { type: 'pull', nodeId: late.nodeId, artifactId: other.artifactId },
    ]);
    const started = (await fleet.distributions.list(9)).filter(({ trigger }) => trigger === 'node-returned');
    expect(started).toMatchObject([{ artifactId: other.artifactId, targetNodeIds: [late.nodeId] }]);
  });

  it.each([
    ['an unknown artifactId', { artifactId: sha256('unknown') }, 'is not registered: publish it first'],
    ['an unknown version', { name: 'hex8_2p', version: '99' }, 'is not registered: publish it first'],
  ])('refuses %s for good', async (_what, fields, message) => {
    await expect(dispatch(fleet, promoted(fields))).rejects.toThrow(message);
    await expect(dispatch(fleet, promoted(fields))).rejects.toThrow(PermanentError);
  });

  it('works when a refused promotion is redriven after publishing', async () => {
    const late = makeArtifact({ name: 'late' });
    const message = promoted({ artifactId: late.artifactId });
    await expect(dispatch(fleet, message)).rejects.toThrow(PermanentError);
    await fleet.artifacts.register(late);
    await dispatch(fleet, message);
    expect(sentFiles(fleet)).toHaveLength(2);
  });

  it('[events#5-17] refuses a promotion of data, and an artifact that is not in the store', async () => {
    const data = makeArtifact({ kind: 'npz', name: 'data' });
    const { storeReplica: _none, ...absent } = makeArtifact({ name: 'absent' });
    await fleet.artifacts.register(data);
    await fleet.artifacts.register(absent);
    await expect(dispatch(fleet, promoted({ artifactId: data.artifactId }))).rejects.toThrow('of kind npz');
    await expect(dispatch(fleet, promoted({ artifactId: absent.artifactId }))).rejects.toThrow(
      'has no verified copy in the store',
    );
  });

  it('refuses a name and version that mean two artifacts', async () => {
    await fleet.artifacts.register(makeArtifact({ artifactId: sha256('other bytes') }));
    await expect(dispatch(fleet, promoted({ name: 'hex8_2p', version: '12' }))).rejects.toThrow(
      'means 2 artifacts',
    );
  });

  it('does not let a clock that runs ahead outlast later promotions', async () => {
    const ahead = toTimestamp(addSeconds(START, 9999));
    await dispatch(fleet, promoted({ artifactId: model.artifactId }, 'event-1', ahead));
    expect((await fleet.artifacts.get(model.artifactId))?.promotedAt).toBe(occurredAt);
  });

  it('[sync#L1] keeps the fleet within its one limit of transfers, and pumps on as they end', async () => {
    const narrow = { ...policy, maxConcurrentTransfers: 1 };
    await dispatchEvent(fleet, promoted(), narrow);
    expect(sentFiles(fleet)).toHaveLength(1);
    const [command] = sentFiles(fleet);
    if (command === undefined) throw new Error('nothing was sent');
    await recordCommandResult(fleet, command.nodeId, succeeded(command), START);
    const verified = consumedEventSchema.parse(fleet.publisher.published.at(-1));
    await dispatchEvent(fleet, verified, narrow);
    expect(sentFiles(fleet)).toHaveLength(2);
  });

  it('sends training files to the nodes that train', async () => {
    const trainer = makeNode(7, { capabilities: { trains: true } });
    await fleet.nodes.create(trainer);
    const data = makeArtifact({ kind: 'npz', name: 'data' });
    await fleet.artifacts.register(data);
    await dispatch(fleet, event('DatasetPublished', { artifactId: data.artifactId, deadlineSeconds: 900 }));
    expect(sentFiles(fleet)).toMatchObject([{ nodeId: trainer.nodeId, kind: 'npz' }]);
    expect(await fleet.distributions.list(1)).toMatchObject([
      { deadlineAt: toTimestamp(addSeconds(START, 900)), skippedCounts: { 'does-not-train': 2 } },
    ]);
  });
});

describe('explainDistribution', () => {
  it('says before the start how many bytes go to how many nodes, and writes nothing', async () => {
    const full = makeNode(3, { disk: { totalBytes: 10, freeBytes: 1, usedPercent: 90 } });
    const held = makeArtifact({ replicaNodeIds: [nodeIdOf(2)] });
    const fleet = await makeFleet([makeNode(1), makeNode(2), full, makeNode(4)], [held]);
    const plan = await explainDistribution(fleet, held, { trigger: { type: 'promotion' } }, policy);
    expect(plan).toMatchObject({
      sendNodeIds: [nodeIdOf(1), nodeIdOf(4)],
      holderNodeIds: [nodeIdOf(2)],
      skippedCounts: { 'disk-full': 1 },
      bytesPerNode: 2_000_000,
      bytesToTransfer: 4_000_000,
      requiredVerified: 3,
      deadlineAt: toTimestamp(addSeconds(START, 300)),
    });
    expect(await fleet.distributions.list(9)).toEqual([]);
    expect(fleet.publisher.published).toEqual([]);
  });
});
