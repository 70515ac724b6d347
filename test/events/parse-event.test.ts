import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../lib/errors.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { nearEventNames } from '../../lib/events/near-event-names.ts';
import { parseEvent } from '../../lib/events/parse-event.ts';
import { routeEvent } from '../../lib/events/route-event.ts';

const detail = {
  schemaVersion: 1,
  eventId: 'e-1',
  occurredAt: '2026-01-31T12:00:00.000Z',
  name: 'hex8_2p',
  version: '12',
};
const makeEvent = (overrides: Record<string, unknown> = {}, name = 'ModelPromoted') => ({
  'detail-type': name,
  source: 'pipeline.training',
  detail: { ...detail, ...overrides },
});

describe('parseEvent', () => {
  it('gives name, envelope and fields; unknown fields stay', () => {
    expect(parseEvent(makeEvent({ elo: 1834 }))).toEqual({
      name: 'ModelPromoted',
      source: 'pipeline.training',
      eventId: 'e-1',
      occurredAt: '2026-01-31T12:00:00.000Z',
      fields: { name: 'hex8_2p', version: '12', elo: 1834 },
    });
  });

  it.each([
    ['MODEL_PROMOTED', /unknown event "MODEL_PROMOTED": did you mean ModelPromoted/],
    ['ModelPromotd', /did you mean ModelPromoted/],
    ['dataset.published', /did you mean DatasetPublished/],
    ['Zzz', /unknown event "Zzz": see docs/],
    ['constructor', /unknown event/],
  ])('refuses the name %s and says what may be meant [events#5-15]', (name, message) => {
    expect(() => parseEvent(makeEvent({}, name))).toThrow(PermanentError);
    expect(() => parseEvent(makeEvent({}, name))).toThrow(message);
  });

  it.each([
    ['no eventId', { eventId: undefined }, /no proper envelope.*eventId/],
    ['no time', { occurredAt: undefined }, /no proper envelope.*occurredAt/],
    ['a local time', { occurredAt: '2026-01-31 12:00' }, /occurredAt/],
    ['another schema version', { schemaVersion: 2 }, /schemaVersion/],
    ['a version that is no text', { version: 12 }, /ModelPromoted is malformed: version/],
    ['half a name', { version: undefined }, /either by artifactId, or by name and version/],
    ['both forms of a reference', { artifactId: 'a'.repeat(64) }, /ModelPromoted is malformed: .*never both/],
    ['a null in place of a name [events#5-19]', { name: null }, /ModelPromoted is malformed: name/],
    ['a name that leaves its folder', { name: '../etc' }, /malformed: name/],
  ])('refuses %s, with the path', (_what, overrides, message) => {
    expect(() => parseEvent(makeEvent(overrides))).toThrow(message);
    expect(() => parseEvent(makeEvent(overrides))).toThrow(PermanentError);
  });

  it('refuses anything at all with a PermanentError only [events#5-34]', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.jsonValue().map((value) => ({ ...makeEvent(), detail: value })),
        ),
        (value) => {
          try {
            parseEvent(value);
          } catch (error) {
            return error instanceof PermanentError;
          }
          return true;
        },
      ),
    );
  });
});

describe('nearEventNames', () => {
  it('offers at most three, the nearest first', () => {
    expect(nearEventNames('DistributionComplete')[0]).toBe('DistributionCompleted');
    expect(nearEventNames('Node').length).toBeLessThanOrEqual(3);
    expect(nearEventNames('x'.repeat(100_000))).toEqual([]);
  });
});

describe('routeEvent', () => {
  it('publishes the same event under our own source, with the same eventId and all its fields', async () => {
    const publisher = createMemoryPublisher();
    await routeEvent(publisher, makeEvent({ elo: 1834 }));
    expect(publisher.published).toEqual([
      {
        name: 'ModelPromoted',
        source: 'drover',
        eventId: 'e-1',
        occurredAt: '2026-01-31T12:00:00.000Z',
        fields: { name: 'hex8_2p', version: '12', elo: 1834 },
      },
    ]);
  });

  it('refuses an event without what its consumers need, instead of dropping it [events#5-13]', async () => {
    const publisher = createMemoryPublisher();
    await expect(
      routeEvent(publisher, makeEvent({ progressPercent: 90, name: undefined }, 'TrainingProgressed')),
    ).rejects.toThrow(/TrainingProgressed is malformed: name/);
    expect(publisher.published).toEqual([]);
  });

  it('keeps the same content of two nodes two events [events#6-1]', async () => {
    const publisher = createMemoryPublisher();
    await routeEvent(publisher, makeEvent({ eventId: 'from-a' }));
    await routeEvent(publisher, makeEvent({ eventId: 'from-b' }));
    expect(publisher.published.map(({ eventId }) => eventId)).toEqual(['from-a', 'from-b']);
  });
});
