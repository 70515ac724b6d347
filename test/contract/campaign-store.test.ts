import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignStore } from '../../lib/work/campaign.ts';
import { createDynamoCampaignStore } from '../../lib/work/dynamo-campaign-store.ts';
import { createMemoryCampaignStore } from '../../lib/work/memory-campaign-store.ts';
import { atText } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const stores: [string, () => Promise<CampaignStore>][] = [
  ['memory', async () => createMemoryCampaignStore()],
  [
    'DynamoDB',
    async () => createDynamoCampaignStore(dynamo.client, await dynamo.createTable(['campaignId'])),
  ],
];

const makeState = (campaignId: string, value = 1700) => ({
  campaignId,
  metric: 'elo',
  best: { at: atText(0), value },
  measurements: [{ at: atText(0), value }],
  samples: { at: atText(0), value: 12 },
});

describe.each(stores)('CampaignStore in %s', (_name, createStore) => {
  it('keeps a state whole, and lets only the first writer win', async () => {
    const campaigns = await createStore();
    expect(await campaigns.get('hex8')).toBeUndefined();
    expect(await campaigns.put(makeState('hex8'), undefined)).toBe(true);
    expect(await campaigns.put(makeState('hex8', 1), undefined)).toBe(false);
    expect(await campaigns.put(makeState('hex8', 1800), 1)).toBe(true);
    expect(await campaigns.put(makeState('hex8', 1), 1)).toBe(false);
    expect(await campaigns.get('hex8')).toEqual({ ...makeState('hex8', 1800), revision: 2 });
  });

  it('writes nothing for a revision of a state that is not there', async () => {
    expect(await (await createStore()).put(makeState('hex8'), 1)).toBe(false);
  });

  it('lists those that exist, each once, however many are asked for', async () => {
    const campaigns = await createStore();
    const ids = Array.from({ length: 120 }, (_, index) => `c${index}`);
    for (const id of ids) await campaigns.put(makeState(id), undefined);
    const listed = await campaigns.list([...ids, 'c1', 'nobody']);
    expect(listed.map(({ campaignId }) => campaignId).sort()).toEqual([...ids].sort());
    expect(await campaigns.list([])).toEqual([]);
  });
});
