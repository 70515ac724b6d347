import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { createEventBridgePublisher } from '../../lib/events/publish.ts';
import type { NewEvent } from '../../lib/events/publisher.ts';
import { batchEntries, entryBytes, MAX_REQUEST_BYTES } from '../../lib/events/put-events-size.ts';

const makeEvent = (eventId: string, reason = 'r'): NewEvent<'NodeRevoked'> => ({
  name: 'NodeRevoked',
  eventId,
  occurredAt: '2026-01-31T12:00:00.000Z',
  fields: { nodeId: 'n-00000000000a', reason },
});

/** A bus that refuses an event as often as told. */
const createBus = (refusals: Record<string, number> = {}, failedCalls = 0) => {
  const calls: string[][] = [];
  const waits: number[] = [];
  let failures = failedCalls;
  const client: Pick<EventBridgeClient, 'send'> = {
    send: async (command: unknown) => {
      if (!(command instanceof PutEventsCommand)) {
        throw new Error('not PutEvents');
      }
      const ids = (command.input.Entries ?? []).map(({ Detail = '{}' }) =>
        String(JSON.parse(Detail).eventId),
      );
      calls.push(ids);
      if (failures > 0) {
        failures -= 1;
        throw new Error('connection reset');
      }
      const Entries = ids.map((id) => {
        const left = refusals[id] ?? 0;
        refusals[id] = left - 1;
        return left > 0 ? { ErrorCode: 'ThrottlingException' } : { EventId: `aws-${id}` };
      });
      return { Entries, FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode).length };
    },
  };
  const publisher = createEventBridgePublisher({
    client,
    busName: 'bus',
    source: 'drover',
    wait: async (milliseconds) => {
      waits.push(milliseconds);
    },
  });
  return { publisher, calls, waits };
};

const ids = (count: number): NewEvent[] =>
  Array.from({ length: count }, (_, index) => makeEvent(`e-${index}`));

describe('createEventBridgePublisher', () => {
  it('sends ten entries in a call, in order', async () => {
    const { publisher, calls } = createBus();
    await publisher.publish(ids(23));
    expect(calls.map((call) => call.length)).toEqual([10, 10, 3]);
    expect(calls.flat()).toEqual(ids(23).map(({ eventId }) => eventId));
  });

  it('sends nothing for no events', async () => {
    const { publisher, calls } = createBus();
    await publisher.publish([]);
    expect(calls).toEqual([]);
  });

  it('sends nothing when one event is malformed, and names its path', async () => {
    const { publisher, calls } = createBus();
    const bad = { ...makeEvent('bad'), fields: { nodeId: 'gpu-1', reason: 'r' } };
    await expect(publisher.publish([makeEvent('good'), bad])).rejects.toThrow(PermanentError);
    await expect(publisher.publish([bad])).rejects.toThrow(/NodeRevoked \(bad\).*fields\.nodeId/);
    expect(calls).toEqual([]);
  });

  it('refuses an event that no call can carry', async () => {
    const { publisher, calls } = createBus();
    await expect(publisher.publish([makeEvent('big', 'x'.repeat(MAX_REQUEST_BYTES))])).rejects.toThrow(
      /bytes/,
    );
    expect(calls).toEqual([]);
  });

  it('repeats the refused entries one by one, with growing waits, and not the others', async () => {
    const { publisher, calls, waits } = createBus({ 'e-1': 2 });
    await publisher.publish(ids(3));
    expect(calls).toEqual([['e-0', 'e-1', 'e-2'], ['e-1'], ['e-1']]);
    expect(waits).toEqual([100, 400]);
  });

  it('repeats all entries of a call that failed', async () => {
    const { publisher, calls } = createBus({}, 1);
    await publisher.publish(ids(2));
    expect(calls).toEqual([['e-0', 'e-1'], ['e-0'], ['e-1']]);
  });

  it('names what the bus never took; a publisher never loses an event in silence [events#5-20]', async () => {
    const { publisher } = createBus({ 'e-1': 99 });
    await expect(publisher.publish(ids(3))).rejects.toThrow(TransientError);
    const { publisher: again } = createBus({ 'e-1': 99 });
    await expect(again.publish(ids(3))).rejects.toThrow(
      /did not take: NodeRevoked e-1 \(ThrottlingException\)/,
    );
  });
});

describe('batchEntries', () => {
  it('keeps every entry, in order, within both limits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: MAX_REQUEST_BYTES - 20 }), { maxLength: 40 }),
        (sizes) => {
          const entries = sizes.map((size, index) => ({
            Source: 'drover',
            DetailType: `E${index}`,
            Detail: 'x'.repeat(size),
          }));
          const batches = batchEntries(entries);
          expect(batches.flat()).toEqual(entries);
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(10);
            expect(batch.reduce((sum, entry) => sum + entryBytes(entry), 0)).toBeLessThanOrEqual(
              MAX_REQUEST_BYTES,
            );
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('measures UTF-8 bytes, as AWS does', () => {
    expect(entryBytes({ Source: 'a', DetailType: 'b', Detail: 'é€' })).toBe(7);
  });
});
