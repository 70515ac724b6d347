import { describe, expect, it } from 'vitest';
import { createNarrator } from '../../../local/start/narrate.ts';

const AT = new Date(2026, 10, 23, 12, 3, 10);
const vast = { nodeId: 'n-0123456789ab', provider: 'vast', instanceId: '7012345' };

const tell = (name: string, detail: Record<string, unknown>, narrator = createNarrator(() => undefined)) =>
  narrator.tell({ 'detail-type': name, detail }, AT);

describe('the narrator of npm start', () => {
  it.each([
    [
      'NodeDrainStarted',
      { idleSince: new Date(AT.getTime() - 63_700).toISOString() },
      'vast 7012345 is idle for 64 s: draining',
    ],
    ['NodeDrainStarted', {}, 'vast 7012345 is idle: draining'],
    ['NodeDrainCancelled', { reason: 'gpu-busy' }, 'vast 7012345 stays: its drain is cancelled (gpu-busy)'],
    [
      'NodeDrainStuck',
      { reason: 'unclaimed-data', blockers: ['unclaimed-data', 'unflushed-data'] },
      'vast 7012345 stays: its drain did not end (unclaimed-data, unflushed-data)',
    ],
    [
      'NodeTerminating',
      { reason: 'idle' },
      'vast 7012345 is drained, and nothing would be lost: terminating',
    ],
    ['NodeTerminated', { microUsdPerHour: 1_894_000 }, 'vast 7012345 is terminated; $1.89/h stops'],
    ['NodeTerminated', {}, 'vast 7012345 is terminated'],
    ['NodeLost', { reason: 'not-listed' }, 'vast 7012345 is lost (not-listed)'],
  ])('tells of %s %j in one line', (name, fields, line) => {
    expect(tell(name, { ...vast, ...fields })).toBe(`12:03:10  ${line}`);
  });

  it.each(['DeliveryVerified', 'NodeEnrolled', 'SomethingNew', 'constructor'])(
    'is quiet about %s',
    (name) => {
      expect(tell(name, vast)).toBeUndefined();
    },
  );

  it('tells a repeated event once', () => {
    const narrator = createNarrator(() => undefined);

    const lines = ['a', 'a', 'b'].map((eventId) => tell('NodeActivated', { ...vast, eventId }, narrator));

    expect(lines.map((line) => line !== undefined)).toEqual([true, false, true]);
  });

  it('names a node as its provider does, once it has heard who it is', () => {
    const narrator = createNarrator(() => undefined);

    const before = tell('NodeActivated', { nodeId: vast.nodeId }, narrator);
    tell('NodeEnrolled', vast, narrator);
    const after = tell('NodeActivated', { nodeId: vast.nodeId }, narrator);

    expect([before, after]).toEqual([
      '12:03:10  n-0123456789ab is active',
      '12:03:10  vast 7012345 is active',
    ]);
  });

  it('asks for the price where the event does not say, and shortens long ids', () => {
    const narrator = createNarrator((provider, instanceId) =>
      provider === 'lambda-labs' && instanceId.length === 32 ? 4_290_000 : undefined,
    );

    const line = tell(
      'NodeTerminated',
      { ...vast, provider: 'lambda-labs', instanceId: '0920582c7ff041399e34823a0be62549' },
      narrator,
    );

    expect(line).toBe('12:03:10  lambda-labs 0920582c… is terminated; $4.29/h stops');
  });
});
