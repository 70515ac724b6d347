import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../lib/constants.ts';
import { catalogue, eventsConsumedBy, isEventName } from '../../lib/events/catalogue.ts';
import { knownEventSchema } from '../../lib/events/known-event.ts';

const entries = Object.entries(catalogue);

describe('the event catalogue', () => {
  it.each(entries)(
    '%s has a schema, a producer, and a consumer or the mark audit-only [events#6-3]',
    (_name, definition) => {
      expect(Object.keys(definition.fields.shape).length).toBeGreaterThan(0);
      expect(definition.producers.length).toBeGreaterThan(0);
      expect(definition.description).toMatch(/\.$/);
      if (definition.consumers !== 'audit-only') {
        expect(definition.consumers.length).toBeGreaterThan(0);
      }
    },
  );

  it('has one spelling of each name, PascalCase [events#1.17-1]', () => {
    const names = entries.map(([name]) => name);
    for (const name of names) {
      expect(name).toMatch(/^([A-Z][a-z]+){2,}$/);
    }
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('is what the parser knows, no more and no less', () => {
    const parsed = knownEventSchema.options.map(({ shape }) => shape.name.value);
    expect([...parsed].sort()).toEqual(entries.map(([name]) => name).sort());
  });

  it('tells which events a consumer handles', () => {
    expect(eventsConsumedBy(FUNCTIONS.dispatchDistribution)).toContain('ModelPromoted');
    expect(eventsConsumedBy(FUNCTIONS.enrollNode)).toEqual([]);
    expect(isEventName('toString')).toBe(false);
  });
});
