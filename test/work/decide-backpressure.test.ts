import { describe, expect, it } from 'vitest';
import type { BackpressureLevel } from '../../lib/work/backpressure.ts';
import { decideBackpressure, levelNumber } from '../../lib/work/decide-backpressure.ts';
import { defaultWorkPolicy } from '../../lib/work/work-policy.ts';

const decide = (
  facts: Parameters<typeof decideBackpressure>[0],
  before: readonly ['queue' | 'disk' | 'unsynced-data' | 'training', BackpressureLevel][] = [],
) =>
  decideBackpressure(
    facts,
    before.map(([source, level]) => ({ source, level, message: '' })),
    defaultWorkPolicy,
  );

describe('decideBackpressure', () => {
  it.each([
    ['none', 0, 'none'],
    ['none', 749, 'none'],
    ['none', 750, 'slow'],
    ['none', 899, 'slow'],
    ['none', 900, 'stop'],
    ['slow', 600, 'slow'],
    ['slow', 599, 'none'],
    ['slow', 900, 'stop'],
    ['stop', 750, 'stop'],
    ['stop', 749, 'slow'],
    ['stop', 599, 'none'],
  ] as const)('at %s, %d of 1000 waiting jobs make %s', (before, waiting, level) => {
    expect(decide({ waiting }, [['queue', before]]).action).toBe(level);
  });

  it.each([
    ['the queue', { waiting: 950 }, 'queue'],
    ['data that is not in the store', { unsynced: { bytes: 950e9, nodes: 10 } }, 'unsynced-data'],
    ['full disks', { disks: { nodes: 1000, full: 475 } }, 'disk'],
    ['the training backlog', { trainingWaiting: 475 }, 'training'],
  ] as const)(
    'says stop at 95 %% of the hard limit of %s, whatever its source [events#6-8]',
    (_what, facts, source) => {
      const { action, reason, evidence } = decide(facts);
      expect(action).toBe('stop');
      expect(reason).toEqual([source]);
      expect(evidence.find((reading) => reading.source === source)).toMatchObject({
        level: 'stop',
        fraction: 0.95,
      });
      expect(levelNumber(action)).toBe(2);
    },
  );

  it('says the worst of all sources, and names those that are at it', () => {
    expect(decide({ waiting: 800, trainingWaiting: 400, disks: { nodes: 2, full: 0 } })).toMatchObject({
      action: 'slow',
      reason: ['queue', 'training'],
    });
  });

  it('keeps a source that is not known where it was', () => {
    const { action, evidence } = decide({ unsynced: { bytes: 0, nodes: 0 } }, [['queue', 'stop']]);
    expect(action).toBe('stop');
    expect(evidence.every(({ fraction }) => fraction === undefined)).toBe(true);
    expect(decide({}).action).toBe('none');
  });
});
