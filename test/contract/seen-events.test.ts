import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoSeenEvents } from '../../lib/events/dynamo-seen-events.ts';
import { createMemorySeenEvents } from '../../lib/events/memory-seen-events.ts';
import type { SeenEvents } from '../../lib/events/seen-events.ts';
import type { Clock } from '../../lib/time.ts';
import { createTestClock } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, (clock: Clock) => Promise<SeenEvents>][] = [
  ['memory', async (clock) => createMemorySeenEvents(clock)],
  [
    'DynamoDB',
    async (clock) =>
      createDynamoSeenEvents(dynamo.client, await dynamo.createTable(['scope', 'item']), clock),
  ],
];

describe.each(adapters)('SeenEvents in %s', (_name, createStore) => {
  let seen: SeenEvents;
  let clock: ReturnType<typeof createTestClock>;
  beforeEach(async () => {
    clock = createTestClock();
    seen = await createStore(clock);
  });

  it('knows an event id by itself, per consumer, whatever its content [events#1.17-2] [events#6-1]', async () => {
    await seen.markSeen('dispatch-distribution', 'e-1');
    await seen.markSeen('dispatch-distribution', 'e-1');
    expect(await seen.wasSeen('dispatch-distribution', 'e-1')).toBe(true);
    expect(await seen.wasSeen('dispatch-distribution', 'e-2')).toBe(false);
    expect(await seen.wasSeen('other-consumer', 'e-1')).toBe(false);
  });

  it('remembers longer than a message can come back (14 days), and not for ever', async () => {
    await seen.markSeen('c', 'e-1');
    clock.advance(14 * 24 * 3600 + 3600);
    expect(await seen.wasSeen('c', 'e-1')).toBe(true);
    clock.advance(24 * 3600);
    expect(await seen.wasSeen('c', 'e-1')).toBe(false);
  });
});
