import { beforeEach, describe, expect, it } from 'vitest';
import { followPromotion } from '../../lib/distribution/follow-promotion.ts';
import { recordCommandResult } from '../../lib/distribution/record-command-result.ts';
import { MAX_HOLDERS, sweepPromotions } from '../../lib/distribution/sweep-promotions.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import {
  beat,
  type Fleet,
  failed,
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

const promotedAt = toTimestamp(START);
const holder = makeNode(1);
const model = makeArtifact({ promotedAt, replicaNodeIds: [holder.nodeId] });

describe('sweepPromotions', () => {
  let fleet: Fleet;
  let seq = 1;
  beforeEach(async () => {
    fleet = await makeFleet([holder], [model]);
  });
  /** Time passes, the node stays live, and the sweep runs. Answers how many holders were told. */
  const sweepAfter = async (seconds: number): Promise<number> => {
    fleet.clock.advance(seconds);
    seq += 1;
    await beat(fleet, holder, seq);
    return sweepPromotions(fleet, policy);
  };
  const lastSent = () => {
    const command = sentFiles(fleet).at(-1);
    if (command === undefined) throw new Error('nothing was sent');
    return command;
  };
  const fail = (failureClass: Parameters<typeof failed>[1]) =>
    recordCommandResult(fleet, holder.nodeId, failed(lastSent(), failureClass), fleet.clock.now());

  it('tells a holder that nobody told, and waits for its answer', async () => {
    expect(await sweepAfter(0)).toBe(1);
    expect(sentFiles(fleet)).toMatchObject([
      {
        type: 'verify',
        nodeId: holder.nodeId,
        current: { promotedAt },
        deadlineAt: toTimestamp(addSeconds(START, 120)),
      },
    ]);
    expect(await sweepAfter(60)).toBe(0);
  });

  it('tells it again after a failure that can pass, by the retry delays, until it follows', async () => {
    await followPromotion(fleet, model, holder.nodeId, policy);
    for (const delay of [...policy.retryDelaysSeconds, 480, 960]) {
      await fail('io-error');
      expect(await sweepAfter(delay - 1)).toBe(0);
      expect(await sweepAfter(1)).toBe(1);
    }
    const commandIds = sentFiles(fleet).map(({ commandId }) => commandId);
    expect(new Set(commandIds).size).toBe(7);
    await recordCommandResult(fleet, holder.nodeId, succeeded(lastSent()), fleet.clock.now());
    expect(await fleet.deliveries.get(model.artifactId, holder.nodeId)).toMatchObject({
      currentPromotedAt: promotedAt,
    });
    expect(await sweepAfter(86_400)).toBe(0);
  });

  it('[sync#L20] tells it again when its message went to the dead-letter queue, and closes the old round', async () => {
    await followPromotion(fleet, model, holder.nodeId, policy);
    const { commandId } = lastSent();
    expect(await sweepAfter(179)).toBe(0);
    expect(await sweepAfter(1)).toBe(1);
    expect(await fleet.commands.get(commandId)).toMatchObject({
      status: 'failed',
      failure: { class: 'no-answer' },
    });
    expect(await fleet.commands.listOpen(holder.nodeId)).toMatchObject([
      { command: { commandId: lastSent().commandId } },
    ]);
    expect(lastSent().commandId).not.toBe(commandId);
  });

  it('takes a late answer of an expired round as the truth', async () => {
    await followPromotion(fleet, model, holder.nodeId, policy);
    const first = lastSent();
    await sweepAfter(180);
    await recordCommandResult(fleet, holder.nodeId, succeeded(first), fleet.clock.now());
    expect(await sweepAfter(9999)).toBe(0);
  });

  it('gives up on a failure that a repeat cannot mend', async () => {
    await followPromotion(fleet, model, holder.nodeId, policy);
    await fail('unknown-command');
    expect(await sweepAfter(86_400)).toBe(0);
  });

  it('repeats an open round for a repeated event only', async () => {
    await followPromotion(fleet, model, holder.nodeId, policy);
    expect(await followPromotion(fleet, model, holder.nodeId, policy)).toBe(true);
    expect(new Set(sentFiles(fleet).map(({ commandId }) => commandId)).size).toBe(1);
  });

  it.each([
    ['is silent', 301, makeNode(1)],
    ['was revoked', 0, makeNode(1, { revokedAt: promotedAt })],
    ['drains', 0, makeNode(1, { lifecycle: 'draining' })],
  ])('tells nothing to a node that %s', async (_what, seconds, node) => {
    const other = await makeFleet([node], [model]);
    other.clock.advance(seconds);
    expect(await sweepPromotions(other, policy)).toBe(0);
    expect(sentFiles(other)).toEqual([]);
  });

  it.each([
    ['follows it', promotedAt, 0],
    ['follows a later promotion', toTimestamp(addSeconds(START, 1)), 0],
    ['follows an older one', toTimestamp(addSeconds(START, -1)), 1],
  ])('looks at the row: the link %s', async (_what, currentPromotedAt, told) => {
    await fleet.deliveries.create(makeDelivery({ state: 'verified', currentPromotedAt }));
    expect(await sweepAfter(0)).toBe(told);
  });

  it('asks nothing of models that were not promoted, or no longer are the latest', async () => {
    const newer = makeArtifact({ version: '13', promotedAt: toTimestamp(addSeconds(START, 5)) });
    const plain = makeArtifact({ name: 'plain', replicaNodeIds: [holder.nodeId] });
    const other = await makeFleet([holder], [model, newer, plain]);
    expect(await sweepPromotions(other, policy)).toBe(0);
  });

  it('looks at a bounded number of holders, and at all of them in turn', async () => {
    const count = MAX_HOLDERS + 1;
    const nodes = Array.from({ length: count }, (_, index) => makeNode(index + 1));
    const big = await makeFleet(nodes, [
      makeArtifact({ promotedAt, replicaNodeIds: nodes.map(({ nodeId }) => nodeId) }),
    ]);
    expect(await sweepPromotions(big, policy)).toBe(MAX_HOLDERS);
    big.clock.advance(60);
    expect(await sweepPromotions(big, policy)).toBe(1);
    expect(new Set(sentFiles(big).map(({ nodeId }) => nodeId)).size).toBe(count);
  });

  it('goes on after an error, and throws it at the end', async () => {
    const second = makeNode(2);
    await fleet.nodes.create(second);
    await fleet.artifacts.addNodeReplica(model.artifactId, second.nodeId);
    let reads = 0;
    const broken = observeCalls(fleet, (call) => {
      if (call === 'nodes.get' && ++reads === 1) throw new Error('throttled');
      return () => {};
    });
    await expect(sweepPromotions(broken, policy)).rejects.toThrow('throttled');
    expect(sentFiles(fleet)).toMatchObject([{ nodeId: nodeIdOf(2) }]);
  });
});
