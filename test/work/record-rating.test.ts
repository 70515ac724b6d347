import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../lib/constants.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { eventsConsumedBy } from '../../lib/events/catalogue.ts';
import { createMemorySeenEvents } from '../../lib/events/memory-seen-events.ts';
import { parseEvent } from '../../lib/events/parse-event.ts';
import { createMemoryCampaignStore } from '../../lib/work/memory-campaign-store.ts';
import { ratingEventSchema } from '../../lib/work/rating-event.ts';
import { recordRating } from '../../lib/work/record-rating.ts';
import { atText, createTestClock } from '../nodes/fixtures.ts';
import { makeWorkConfig } from './config-fixtures.ts';

const config = makeWorkConfig({ campaign: { target: { metric: 'elo', value: 2000 } } });

const prepare = () => {
  const clock = createTestClock();
  const campaigns = createMemoryCampaignStore();
  const ports = { campaigns, seen: createMemorySeenEvents(clock), clock, actor: FUNCTIONS.recordRatings };
  const send = (value: number, eventId = `e-${value}`, campaignId = 'hex8') =>
    recordRating(
      ports,
      { eventId, rating: { campaignId, metric: 'elo', value, measuredAt: atText(-value) } },
      config,
    );
  return { campaigns, ports, send };
};

const parseRating = (fields: object) =>
  parseEvent({
    'detail-type': 'RatingUpdated',
    source: 'drover',
    detail: { schemaVersion: 1, eventId: 'e-1', occurredAt: atText(0), ...fields },
  });

describe('recordRating', () => {
  it('handles every event that the catalogue gives it', () => {
    expect(eventsConsumedBy(FUNCTIONS.recordRatings)).toEqual(['RatingUpdated']);
  });

  it('takes each rating once, also when its event comes twice or after a crash before the mark', async () => {
    const { campaigns, ports, send } = prepare();
    await send(1700);
    await send(1700);
    const crashed = { ...ports, seen: { ...ports.seen, wasSeen: async () => false } };
    const rating = { campaignId: 'hex8', metric: 'elo', value: 1700, measuredAt: atText(-1700) };
    expect(await recordRating(crashed, { eventId: 'e-1700', rating }, config)).toBe('already-known');
    expect((await campaigns.get('hex8'))?.measurements).toHaveLength(1);
  });

  it('comes to the same best in any order', async () => {
    const { campaigns, send } = prepare();
    for (const value of [1700, 1650, 1800, 1600]) await send(value);
    expect(await campaigns.get('hex8')).toMatchObject({ best: { value: 1800 }, revision: 4 });
  });

  it('refuses a campaign that is not there, and names the near one', async () => {
    await expect(prepare().send(1, 'e', 'hex9')).rejects.toThrow(
      new PermanentError('there is no campaign hex9; did you mean hex8? `drover campaigns list` shows them'),
    );
  });

  it('tries again when another was faster, and lets the event come back when that does not end', async () => {
    const { campaigns, ports } = prepare();
    const event = {
      eventId: 'e',
      rating: { campaignId: 'hex8', metric: 'elo', value: 5, measuredAt: atText(0) },
    };
    let losses = 1;
    const racing = {
      ...campaigns,
      put: async (...args: Parameters<typeof campaigns.put>) =>
        losses-- > 0 ? false : campaigns.put(...args),
    };
    expect(await recordRating({ ...ports, campaigns: racing }, event, config)).toBe('better');
    const losing = { ...ports, campaigns: { ...campaigns, put: async () => false } };
    const another = { ...event, eventId: 'e-2', rating: { ...event.rating, value: 6 } };
    await expect(recordRating(losing, another, config)).rejects.toThrow(TransientError);
  });
});

describe('RatingUpdated', () => {
  const fields = { campaignId: 'hex8', metric: 'elo', value: 1700 };

  it.each([
    ['value', { ...fields, value: null }, 'value: null is no value: leave the value out, or send no event'],
    ['participant', { ...fields, participant: null }, 'participant: null is no participant'],
    ['samples', { ...fields, samples: null }, 'samples: null is no count'],
    ['value', { campaignId: 'hex8', metric: 'elo' }, 'value: Invalid input: expected number'],
  ])('is refused with a %s that is null or not there', (_field, detail, message) => {
    expect(() => parseRating(detail)).toThrow(message);
  });

  it('is taken without what is optional', () => {
    expect(ratingEventSchema.parse(parseRating(fields))).toEqual({
      eventId: 'e-1',
      rating: { ...fields, measuredAt: atText(0) },
    });
    const measuredAt = atText(-5);
    expect(ratingEventSchema.parse(parseRating({ ...fields, measuredAt })).rating.measuredAt).toBe(
      measuredAt,
    );
  });
});
