import { describe, expect, it } from 'vitest';
import { readEventFields, validateEvent } from '../../cli/event-fields.ts';
import { UsageError } from '../../cli/exit.ts';

const envelope = { schemaVersion: 1, eventId: 'e-1', occurredAt: '2026-11-23T12:00:00.000Z' };

describe('readEventFields', () => {
  it('reads a word by the type that the catalogue has for it', () => {
    expect(
      readEventFields('ModelPromoted', ['name=hex8_2p', 'version=12', 'minVerified=3'], undefined),
    ).toEqual({
      name: 'hex8_2p',
      version: '12',
      minVerified: 3,
    });
  });

  it('lets words win over --data and keeps everything behind the first =', () => {
    expect(readEventFields('Unknown', ['a=b=c'], '{"a":1,"d":[2]}')).toEqual({ a: 'b=c', d: [2] });
  });

  it.each([
    ['a word without =', ['name'], undefined],
    ['a word without a key', ['=x'], undefined],
    ['--data that is no JSON', [], '{'],
    ['--data that is no object', [], '[1]'],
  ])('refuses %s', (_title, words, data) => {
    expect(() => readEventFields('ModelPromoted', words, data)).toThrow(UsageError);
  });
});

describe('validateEvent', () => {
  it('accepts what the catalogue accepts', () => {
    expect(() => validateEvent('ModelPromoted', { ...envelope, name: 'a', version: '1' })).not.toThrow();
  });

  it.each([
    [
      'an unknown name, listing the known ones',
      'ModelPromotd',
      {},
      /there is no event "ModelPromotd".*ModelPromoted/,
    ],
    ['a bad field, naming it', 'TrainingProgressed', { name: 'a', progressPercent: 101 }, /progressPercent/],
    [
      'a misspelt field, naming those there are',
      'ModelPromoted',
      { nam: 'a' },
      /has no field nam: it has .*name/,
    ],
    ['a missing field, naming it', 'TrainingProgressed', { progressPercent: 1 }, /name/],
  ])('refuses %s', (_title, name, fields, message) => {
    expect(() => validateEvent(name, { ...envelope, ...fields })).toThrow(message);
  });
});
