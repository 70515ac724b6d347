import { describe, expect, it } from 'vitest';
import { activeDrain, decideDrain } from '../../../agent/commands/drain-state.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const later = '2026-11-20T11:00:00.000Z';
const earlier = '2026-11-20T09:00:00.000Z';
const command = (drainId: string, epoch: number, drainUntil = later) => ({
  schemaVersion: 1 as const,
  commandId: 'c-1',
  nodeId: 'n-0123456789ab',
  attempt: 1,
  issuedAt: earlier,
  deadlineAt: later,
  type: 'drain' as const,
  drainId,
  epoch,
  drainUntil,
  reason: 'idle',
});
const known = { drain: { drainId: 'd-3', epoch: 3, drainUntil: later }, resumedEpoch: 0 };

describe('decideDrain', () => {
  it.each([
    {
      name: 'a first drain',
      snapshot: { drain: undefined, resumedEpoch: 0 },
      drain: command('d-1', 1),
      action: 'drain',
    },
    { name: 'a newer epoch', snapshot: known, drain: command('d-4', 4), action: 'drain' },
    { name: 'the same drain again', snapshot: known, drain: command('d-3', 3), action: 'drain' },
    { name: 'an older epoch', snapshot: known, drain: command('d-2', 2), action: 'ignore' },
    {
      name: 'another drain with the same epoch',
      snapshot: known,
      drain: command('d-x', 3),
      action: 'ignore',
    },
    {
      name: 'a drain that was resumed',
      snapshot: { ...known, resumedEpoch: 3 },
      drain: command('d-3', 3),
      action: 'ignore',
    },
    {
      name: 'the same drain with a later end',
      snapshot: known,
      drain: command('d-3', 3, '2026-11-20T12:00:00.000Z'),
      action: 'drain',
    },
    {
      name: 'a longer promise for a drain that ended by itself',
      snapshot: { drain: { drainId: 'd-3', epoch: 3, drainUntil: earlier }, resumedEpoch: 0 },
      drain: command('d-3', 3),
      action: 'ignore',
    },
    { name: 'a drain that is over', snapshot: known, drain: command('d-4', 4, earlier), action: 'ignore' },
  ])('answers $name with $action', ({ snapshot, drain, action }) => {
    expect(decideDrain(snapshot, drain, now).action).toBe(action);
  });
});

describe('activeDrain', () => {
  it('ends by itself at drainUntil', () => {
    expect(activeDrain(known, now)?.drainId).toBe('d-3');
    expect(activeDrain(known, new Date(later))).toBeUndefined();
  });

  it('is over once it, or a later one, was resumed', () => {
    expect(activeDrain({ ...known, resumedEpoch: 2 }, now)).toBeDefined();
    expect(activeDrain({ ...known, resumedEpoch: 3 }, now)).toBeUndefined();
  });
});
