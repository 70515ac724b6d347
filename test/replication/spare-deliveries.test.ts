import { describe, expect, it } from 'vitest';
import type { DeliveryState } from '../../lib/distribution/delivery.ts';
import { createMemoryDeliveryStore } from '../../lib/distribution/memory-delivery-store.ts';
import { decideRepair } from '../../lib/replication/decide-repair.ts';
import { replicationRules } from '../../lib/replication/repair-replication.ts';
import { spareDeliveries } from '../../lib/replication/spare-deliveries.ts';
import { makeDelivery, nodeIdOf, START } from '../distribution/fixtures.ts';
import { inStore, makeHolder, makeSnapshot, marked, onNodes } from './fixtures.ts';

const nodes = [1, 2, 3, 4].map((index) => makeHolder(index));
/** Nodes 1 and 2 are to pull it. */
const wantsTwo = () => {
  const [decision] = decideRepair(
    makeSnapshot({ candidates: [marked(inStore('a'))], nodes }),
    replicationRules({ targetNodeCopies: 2 }),
    START,
  );
  if (decision === undefined) throw new Error('no decision');
  return decision;
};
const spare = async (...rows: readonly (readonly [number, DeliveryState])[]) => {
  const deliveries = createMemoryDeliveryStore();
  const decision = wantsTwo();
  for (const [index, state] of rows)
    await deliveries.create(
      makeDelivery({ artifactId: decision.artifactId, nodeId: nodeIdOf(index), state }),
    );
  return spareDeliveries(deliveries, decision);
};
const targets = ({ repairs }: Awaited<ReturnType<typeof spare>>) => repairs.map(({ nodeId }) => nodeId);

describe('spareDeliveries', () => {
  it('begins no pull for which a delivery to another node is under way', async () => {
    expect(targets(await spare([4, 'sent']))).toEqual([nodeIdOf(1)]);
    expect(await spare([3, 'pending'], [4, 'transferring'])).toMatchObject({
      action: 'wait',
      reason: 'copies-under-way',
      repairs: [],
    });
  });

  it('keeps a pull to the very node to which it is under way, and all when none is', async () => {
    expect(targets(await spare([1, 'pending']))).toEqual([nodeIdOf(1), nodeIdOf(2)]);
    expect(targets(await spare([3, 'failed'], [4, 'verified']))).toEqual([nodeIdOf(1), nodeIdOf(2)]);
  });

  it('asks nobody about a push', async () => {
    const [push] = decideRepair(
      makeSnapshot({ candidates: [marked(onNodes('a', 1))], nodes }),
      replicationRules({}),
      START,
    );
    if (push === undefined) throw new Error('no decision');
    const listByArtifact = () => Promise.reject(new Error('asked'));
    expect(await spareDeliveries({ listByArtifact }, push)).toBe(push);
  });
});
