import { describe, expect, it } from 'vitest';
import { replicationConfigSchema } from '../../lib/replication/replication-config.ts';
import { copiesPolicyOf, repairPolicyOf, targetsOf } from '../../lib/replication/replication-policy.ts';

const config = replicationConfigSchema.parse({
  targetNodeCopies: 1,
  kinds: { games: { minimumNodeCopies: 2, targetNodeCopies: 3 } },
  labels: {
    'board=hex8': { targetNodeCopies: 4 },
    'tier=cold': { minimumNodeCopies: 0, targetNodeCopies: 0 },
  },
});

describe('copiesPolicyOf', () => {
  it.each([
    ['nothing is written', {}, { kind: 'games', labels: {} }, [0, 0, 'built-in']],
    ['it holds for all', config, { kind: 'model', labels: {} }, [0, 1, 'replication']],
    ['its kind has more', config, { kind: 'games', labels: {} }, [2, 3, 'replication.kinds.games']],
    [
      'its label has more than its kind',
      config,
      { kind: 'games', labels: { board: 'hex8' } },
      [2, 4, 'replication.labels."board=hex8"'],
    ],
    [
      'the later of two labels says none',
      config,
      { kind: 'games', labels: { board: 'hex8', tier: 'cold' } },
      [0, 0, 'replication.labels."tier=cold"'],
    ],
    [
      'its target is below its minimum',
      { minimumNodeCopies: 2 },
      { kind: 'npz', labels: {} },
      [2, 2, 'replication'],
    ],
  ] as const)('%s', (_name, written, artifact, [minimumNodeCopies, targetNodeCopies, from]) => {
    expect(copiesPolicyOf(written, artifact)).toEqual({ minimumNodeCopies, targetNodeCopies, from });
  });

  it('knows every place that wants nodes', () => {
    expect(targetsOf(config).map(({ from }) => from)).toEqual([
      'replication',
      'replication.kinds.games',
      'replication.labels."board=hex8"',
    ]);
    expect(targetsOf({})).toEqual([]);
  });

  it('has the budget that is written, else 500 an hour', () => {
    expect(repairPolicyOf({ repairsPerHour: 50 }).repairsPerHour).toBe(50);
    expect(repairPolicyOf({}).repairsPerHour).toBe(500);
  });
});
