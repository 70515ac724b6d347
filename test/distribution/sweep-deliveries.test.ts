import { beforeEach, describe, expect, it } from 'vitest';
import { consumedEventSchema } from '../../lib/distribution/consumed-event.ts';
import { dispatchEvent } from '../../lib/distribution/dispatch-event.ts';
import { pumpDeliveries } from '../../lib/distribution/pump-deliveries.ts';
import { recordCommandResult } from '../../lib/distribution/record-command-result.ts';
import { sweepDeliveries } from '../../lib/distribution/sweep-deliveries.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { toTimestamp } from '../../lib/time.ts';
import {
  beat,
  type Fleet,
  makeArtifact,
  makeDelivery,
  makeFleet,
  makeNode,
  nodeIdOf,
  policy,
  START,
  sentFiles,
  succeeded,
} from './fixtures.ts';
import { observeCalls } from './observe-calls.ts';

const model = makeArtifact();
const promotion = consumedEventSchema.parse({
  name: 'ModelPromoted',
  eventId: 'event-1',
  occurredAt: toTimestamp(START),
  fields: { artifactId: model.artifactId },
});

const closingOf = (fleet: Fleet) =>
  fleet.publisher.published.filter(
    ({ name }) => name.startsWith('Distribution') && name !== 'DistributionStarted',
  );

describe('sweepDeliveries', () => {
  let node: Node;
  let fleet: Fleet;
  beforeEach(async () => {
    node = makeNode(1);
    fleet = await makeFleet([node], [model]);
    await dispatchEvent(fleet, promotion, policy);
  });
  const row = () => fleet.deliveries.get(model.artifactId, node.nodeId);

  it('[sync#L20] gives the agent 30 s after the deadline, then repeats the attempt', async () => {
    fleet.clock.advance(149);
    await sweepDeliveries(fleet, policy);
    expect(await row()).toMatchObject({ state: 'sent', attempt: 1 });
    fleet.clock.advance(1);
    await sweepDeliveries(fleet, policy);
    expect(await row()).toMatchObject({ state: 'pending', lastFailure: { class: 'no-answer' } });
    expect(fleet.slots.holders()).toEqual({});
    fleet.clock.advance(30);
    await beat(fleet, node, 2);
    const counts = await sweepDeliveries(fleet, policy);
    expect(counts.pumped.sent).toBe(1);
    expect(sentFiles(fleet).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('counts what is under way by state, as it found it', async () => {
    const other = makeDelivery({ nodeId: nodeIdOf(2) });
    await fleet.deliveries.create(other);

    const { underWay } = await sweepDeliveries(fleet, policy);

    expect(underWay).toEqual({ pending: 1, sent: 1, transferring: 0 });
  });

  it('ends the deliveries of a revoked node at once', async () => {
    await fleet.nodes.revoke(node.nodeId, fleet.clock.now());
    await sweepDeliveries(fleet, policy);
    expect(await row()).toMatchObject({ state: 'failed', lastFailure: { class: 'node-gone' } });
    expect(fleet.publisher.published.at(-1)).toMatchObject({
      name: 'DeliveryFailed',
      fields: { final: true },
    });
  });

  it('[sync#L20] ends a distribution at its deadline, once, naming who is missing and why', async () => {
    fleet.clock.advance(300);
    await sweepDeliveries(fleet, policy);
    await sweepDeliveries(fleet, policy);
    expect(closingOf(fleet)).toMatchObject([
      {
        name: 'DistributionIncomplete',
        fields: {
          nodes: [],
          missing: [{ nodeId: node.nodeId, reason: 'not verified yet' }],
          missingCount: 1,
          requiredVerified: 1,
        },
      },
    ]);
  });

  it('[events#1.17-5] publishes again what a crash swallowed, as the same event', async () => {
    const [command] = sentFiles(fleet);
    if (command === undefined) throw new Error('nothing was sent');
    await recordCommandResult(fleet, node.nodeId, succeeded(command), START);
    const dying = observeCalls(fleet, (call) => () => {
      if (call === 'publisher.publish') throw new Error('crash');
    });
    const verified = consumedEventSchema.parse(fleet.publisher.published.at(-1));
    await expect(dispatchEvent(dying, verified, policy)).rejects.toThrow('crash');
    await sweepDeliveries(fleet, policy);
    await sweepDeliveries(fleet, policy);
    const ids = closingOf(fleet).map(({ eventId }) => eventId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('completes a distribution whose proof reached only the row', async () => {
    const [command] = sentFiles(fleet);
    if (command === undefined) throw new Error('nothing was sent');
    const dying = observeCalls(fleet, (call) => {
      if (call === 'distributions.addVerified') throw new Error('crash');
      return () => {};
    });
    await expect(recordCommandResult(dying, node.nodeId, succeeded(command), START)).rejects.toThrow('crash');
    await sweepDeliveries(fleet, policy);
    expect(closingOf(fleet)).toMatchObject([{ name: 'DistributionCompleted' }]);
  });

  it('goes on after an error, and throws it at the end', async () => {
    const broken = observeCalls(fleet, (call) => {
      if (call === 'deliveries.listDue') throw new Error('the index is not there');
      return () => {};
    });
    fleet.clock.advance(300);
    const swept = sweepDeliveries(broken, policy);
    await expect(swept).rejects.toThrow(TransientError);
    await expect(swept).rejects.toThrow('the index is not there');
    expect(closingOf(fleet)).toHaveLength(1);
  });

  it('ends a distribution at its deadline although a target cannot be read', async () => {
    const broken = observeCalls(fleet, (call) => {
      if (call === 'deliveries.get') throw new Error('the row is damaged');
      return () => {};
    });
    fleet.clock.advance(300);
    await expect(sweepDeliveries(broken, policy)).rejects.toThrow('the row is damaged');
    expect(closingOf(fleet)).toMatchObject([{ name: 'DistributionIncomplete' }]);
  });

  it('[sync#L4] shows an operator why nobody was eligible', async () => {
    const full = makeNode(2, { disk: { totalBytes: 10, freeBytes: 1, usedPercent: 79 } });
    const blocked = await makeFleet([full], [model]);
    await dispatchEvent(blocked, promotion, policy);
    blocked.clock.advance(300);
    await sweepDeliveries(blocked, policy);
    expect(closingOf(blocked)).toMatchObject([
      {
        name: 'DistributionIncomplete',
        fields: { missing: [{ nodeId: full.nodeId, reason: 'skipped: disk-full' }], eligibleCount: 0 },
      },
    ]);
  });
});

describe('pumpDeliveries', () => {
  const pending = (index: number) => makeDelivery({ nodeId: nodeIdOf(index) });

  it('[health-and-idle#12-29] sends nothing to a silent or draining node, uses no attempt, and looks again in a minute', async () => {
    const nodes = [
      makeNode(1, { lifecycle: 'draining' }),
      makeNode(2, { heartbeatAt: '2026-03-01T11:00:00.000Z' }),
    ];
    const fleet = await makeFleet(nodes, [model]);
    for (const index of [1, 2]) await fleet.deliveries.create(pending(index));
    expect(await pumpDeliveries(fleet, policy)).toMatchObject({ postponed: 2, sent: 0 });
    expect(sentFiles(fleet)).toEqual([]);
    expect(fleet.slots.holders()).toEqual({});
    expect(await fleet.deliveries.get(model.artifactId, nodeIdOf(1))).toMatchObject({
      state: 'pending',
      attempt: 0,
      dueAt: '2026-03-01T12:01:00.000Z',
    });
  });

  it.each([
    ['does not exist', []],
    ['is lost', [makeNode(1, { lifecycle: 'lost' })]],
    ['was revoked', [makeNode(1, { revokedAt: toTimestamp(START) })]],
  ])('fails the delivery to a node that %s', async (message, nodes) => {
    const fleet = await makeFleet(nodes, [model]);
    await fleet.deliveries.create(pending(1));
    expect(await pumpDeliveries(fleet, policy)).toMatchObject({ failed: 1 });
    const row = await fleet.deliveries.get(model.artifactId, nodeIdOf(1));
    expect(row).toMatchObject({ state: 'failed', lastFailure: { class: 'node-gone' } });
    expect(row?.lastFailure?.message).toContain(message);
  });

  it.each([
    ['for good when the queue is gone', new PermanentError('the queue is gone'), 'failed', 'node-gone'],
    ['to be repeated when SQS fails', new Error('SQS is not well'), 'pending', 'no-answer'],
  ])(
    'takes an attempt that could not be sent as failed, %s; others go on',
    async (_how, error, state, why) => {
      const fleet = await makeFleet([makeNode(1), makeNode(2)], [model]);
      for (const index of [1, 2]) await fleet.deliveries.create(pending(index));
      const sender: Fleet['sender'] = {
        sent: fleet.sender.sent,
        send: async (command) => {
          if (command.nodeId === nodeIdOf(1)) throw error;
          await fleet.sender.send(command);
        },
      };
      expect(await pumpDeliveries({ ...fleet, sender }, policy)).toMatchObject({ sent: 1, failed: 1 });
      expect(await fleet.deliveries.get(model.artifactId, nodeIdOf(1))).toMatchObject({
        state,
        lastFailure: { class: why },
      });
      expect(Object.keys(fleet.slots.holders())).toHaveLength(1);
    },
  );

  it('never sends one attempt twice when two pumps run at once', async () => {
    const fleet = await makeFleet([makeNode(1), makeNode(2)], [model]);
    for (const index of [1, 2]) await fleet.deliveries.create(pending(index));
    await Promise.all([pumpDeliveries(fleet, policy), pumpDeliveries(fleet, policy)]);
    expect(sentFiles(fleet)).toHaveLength(2);
    expect(Object.keys(fleet.slots.holders())).toHaveLength(2);
  });
});

describe('the cost of a delivery', () => {
  it('stays below 30 calls of AWS APIs per node, from the event to the closing event', async () => {
    const nodes = Array.from({ length: 20 }, (_, index) => makeNode(index));
    const fleet = await makeFleet(nodes, [model]);
    let calls = 0;
    const counted = observeCalls(fleet, () => {
      calls += 1;
      return () => {};
    });
    await dispatchEvent(counted, promotion, policy);
    for (const command of sentFiles(fleet)) {
      await recordCommandResult(counted, command.nodeId, succeeded(command), START);
      const verified = fleet.publisher.published.findLast(({ name }) => name === 'DeliveryVerified');
      await dispatchEvent(counted, consumedEventSchema.parse(verified), policy);
    }
    expect(closingOf(fleet)).toHaveLength(1);
    expect(calls / nodes.length).toBeLessThan(30);
  });
});
