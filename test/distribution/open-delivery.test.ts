import { describe, expect, it } from 'vitest';
import type { DeliveryState } from '../../lib/distribution/delivery.ts';
import { openDelivery } from '../../lib/distribution/open-delivery.ts';
import { makeArtifact, makeDelivery, makeFleet, nodeIdOf, policy } from './fixtures.ts';

const node = nodeIdOf(1);
const artifact = makeArtifact();

describe('openDelivery', () => {
  it('makes a due row that no distribution waits for, once', async () => {
    const fleet = await makeFleet([]);
    const first = await openDelivery(fleet, artifact, node, policy);
    expect(first).toMatchObject({ state: 'pending', distributionIds: [], bytesTotal: artifact.bytes });
    expect(await openDelivery(fleet, artifact, node, policy)).toEqual(first);
    expect(await fleet.deliveries.listDue(['pending'], fleet.clock.now(), 10)).toHaveLength(1);
  });

  it.each<[DeliveryState, string]>([
    ['verified', 'pending'],
    ['failed', 'pending'],
    ['sent', 'sent'],
    ['transferring', 'transferring'],
  ])('a row that is %s is %s afterwards', async (state, expected) => {
    const fleet = await makeFleet([]);
    await fleet.deliveries.create(makeDelivery({ state, attempt: 3, attemptBase: 0 }));
    const row = await openDelivery(fleet, artifact, node, policy);
    expect(row.state).toBe(expected);
    // All attempts again.
    if (expected === 'pending') expect(row.attemptBase).toBe(3);
  });
});
