import { describe, expect, it } from 'vitest';
import { decideRepair } from '../../lib/replication/decide-repair.ts';
import { replicationRules } from '../../lib/replication/repair-replication.ts';
import { addSeconds } from '../../lib/time.ts';
import { GB, nodeIdOf, START } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, makeRunning, makeSnapshot, marked, onNodes, rules } from './fixtures.ts';

const wantsTwo = replicationRules({ targetNodeCopies: 2 });
const ledgerOf = (tokens: number, ...repairs: ReturnType<typeof makeRunning>[]) => ({
  tokens,
  refilledAt: at(0),
  running: Object.fromEntries(repairs.map((repair) => [repair.repairId, repair])),
  outcomes: [],
  revision: 1,
});
const busy = (nodeIndex: number) =>
  [1, 2, 3, 4, 5].map((index) => makeRunning(nodeIndex * 10 + index, nodeIndex));

describe('decideRepair', () => {
  it('has a node that holds the artifact push it when the store has none', () => {
    const snapshot = makeSnapshot({ candidates: [marked(onNodes('a', 1))], nodes: [makeHolder(1)] });

    const [decision] = decideRepair(snapshot, rules, START);

    expect(decision).toMatchObject({
      action: 'push',
      reason: 'store-copy-missing',
      repairs: [{ action: 'push', nodeId: nodeIdOf(1) }],
      mark: { state: 'under', copies: 1, since: at(0), dueAt: at(600) },
      evidence: { urgency: 'high' },
    });
  });

  it('has as many nodes pull it as are missing, where the store has it', () => {
    const nodes = [1, 2, 3].map((index) => makeHolder(index));
    const snapshot = makeSnapshot({ candidates: [marked(inStore('a'))], nodes });

    const [decision] = decideRepair(snapshot, wantsTwo, START);

    expect(decision).toMatchObject({
      action: 'pull',
      reason: 'node-copies-missing',
      mark: { state: 'short', copies: 1 },
    });
    expect(decision?.repairs.map(({ nodeId }) => nodeId)).toEqual([nodeIdOf(1), nodeIdOf(2)]);
  });

  it('is content with the copy in the store, by default', () => {
    const snapshot = makeSnapshot({ candidates: [marked(inStore('a'))], nodes: [makeHolder(1)] });
    expect(decideRepair(snapshot, rules, START)).toMatchObject([
      { action: 'settle', reason: 'enough-copies', mark: undefined, repairs: [] },
    ]);
  });

  it('counts a copy on an ephemeral node as none, and takes it as HIGH while it is the only one [sync#13-18]', () => {
    const nodes = [makeHolder(1, { capabilities: { ephemeral: true } })];
    const snapshot = makeSnapshot({ candidates: [marked(onNodes('a', 1))], nodes });

    expect(decideRepair(snapshot, rules, START)).toMatchObject([
      {
        action: 'push',
        mark: { state: 'under', copies: 0 },
        evidence: { urgency: 'high', onlyEphemeral: true },
      },
    ]);
  });

  it('says once that no copy is left, and repairs nothing that has no source [sync#13-19]', () => {
    const lost = { state: 'lost', since: at(0), toldAt: at(0) } as const;
    const snapshot = makeSnapshot({
      candidates: [marked(onNodes('a')), marked(onNodes('b'), lost)],
      nodes: [makeHolder(1)],
    });

    expect(decideRepair(snapshot, rules, START)).toMatchObject([
      { action: 'lose', reason: 'no-copy-left', mark: { state: 'lost', since: at(0) }, repairs: [] },
      { action: 'wait', reason: 'no-copy-left', mark: lost, repairs: [] },
    ]);
  });

  it.each([
    [-1, 'store-copy-missing'],
    [0, 'store-copy-missing'],
    [1, 'cooling-down'],
  ])(
    'repairs an artifact again only once its cooldown is over: %i s before its end [sync#13-21]',
    (left, reason) => {
      const mark = { state: 'under', copies: 1, dueAt: at(600), since: at(0) } as const;
      const nodes = [makeHolder(1, { heartbeatAt: at(595) })];
      const snapshot = makeSnapshot({ candidates: [marked(onNodes('a', 1), mark)], nodes });

      expect(decideRepair(snapshot, rules, addSeconds(START, 600 - left))).toMatchObject([{ reason }]);
    },
  );

  it.each([
    ['was set for a copy that the store had', {}, 'store-copy-missing'],
    ['is the cooldown of a push', { pushBegun: true }, 'cooling-down'],
  ])('waits for a time that %s, when the store copy is lost, only if a push was begun', (_, how, reason) => {
    const mark = { state: 'changed', copies: 2, dueAt: at(3600), since: at(0), ...how } as const;
    const snapshot = makeSnapshot({ candidates: [marked(onNodes('a', 1), mark)], nodes: [makeHolder(1)] });

    expect(decideRepair(snapshot, rules, START)).toMatchObject([{ reason }]);
  });

  it('keeps the cooldown of a push with what it is, however often the copies change', () => {
    const mark = { state: 'changed', copies: 2, dueAt: at(500), pushBegun: true, since: at(0) } as const;
    const snapshot = makeSnapshot({ candidates: [marked(onNodes('a', 1), mark)], nodes: [makeHolder(1)] });

    expect(decideRepair(snapshot, rules, START)).toMatchObject([
      { mark: { state: 'under', dueAt: at(500), pushBegun: true } },
    ]);
  });

  it('has a lost store copy due at once also when the budget does not do for it now', () => {
    const mark = { state: 'changed', copies: 2, dueAt: at(3600), since: at(0) } as const;
    const snapshot = makeSnapshot({
      candidates: [marked(onNodes('a', 1), mark)],
      nodes: [makeHolder(1)],
      ledger: ledgerOf(0),
    });

    expect(decideRepair(snapshot, rules, START)).toMatchObject([
      { reason: 'budget-used-up', mark: { state: 'under', dueAt: at(0) } },
    ]);
  });

  it('serves those with the fewest copies first when the budget does not do for all', () => {
    const candidates = [inStore('near', 3), inStore('far'), onNodes('risk', 1)].map((each) => marked(each));
    const nodes = [1, 2, 3].map((index) => makeHolder(index));
    const snapshot = makeSnapshot({ candidates, nodes, ledger: ledgerOf(1) });

    expect(decideRepair(snapshot, wantsTwo, START).map(({ reason }) => reason)).toEqual([
      'budget-used-up',
      'budget-used-up',
      'store-copy-missing',
    ]);
  });

  it('spreads copies over providers, then takes the least busy node, then the emptier disk', () => {
    const disk = (usedPercent: number) => ({ totalBytes: 100 * GB, freeBytes: 50 * GB, usedPercent });
    const nodes = [
      makeHolder(1, { provider: 'vast' }),
      makeHolder(2, { provider: 'vast' }),
      makeHolder(3, { provider: 'runpod', disk: disk(60) }),
      makeHolder(4, { provider: 'runpod', disk: disk(50) }),
      makeHolder(5, { provider: 'runpod', disk: disk(20) }),
    ];
    const snapshot = makeSnapshot({
      candidates: [marked(inStore('a', 1))],
      nodes,
      ledger: ledgerOf(100, makeRunning(1, 5)),
    });

    const [decision] = decideRepair(snapshot, wantsTwo, START);

    expect(decision?.repairs.map(({ nodeId }) => nodeId)).toEqual([nodeIdOf(4)]);
  });

  it.each([
    [69.9, 'node-copies-missing'],
    [70, 'no-target'],
  ])('sends nothing to a disk at 70 %% or more: %f', (usedPercent, reason) => {
    const nodes = [makeHolder(1, { disk: { totalBytes: 100 * GB, freeBytes: 30 * GB, usedPercent } })];
    const snapshot = makeSnapshot({ candidates: [marked(inStore('a'))], nodes });
    expect(decideRepair(snapshot, wantsTwo, START)).toMatchObject([{ reason }]);
  });

  it.each([
    ['holders-busy', onNodes('a', 1), busy(1)],
    ['targets-busy', inStore('a'), busy(1)],
  ])('gives no node more than five repairs at once: %s', (reason, artifact, running) => {
    const snapshot = makeSnapshot({
      candidates: [marked(artifact)],
      nodes: [makeHolder(1)],
      ledger: ledgerOf(50, ...running),
    });
    expect(decideRepair(snapshot, wantsTwo, START)).toMatchObject([{ action: 'wait', reason }]);
  });

  it.each([
    ['push', onNodes('a', 1), 'already-running'],
    ['push', inStore('a', 1), 'already-running'],
    ['pull', inStore('a', 1), 'already-running'],
    ['pull', onNodes('a', 1), 'store-copy-missing'],
  ] as const)(
    'does not begin a repair of an artifact of which one runs, except the push of what the store lost: a %s',
    (action, artifact, reason) => {
      const { artifactId } = artifact;
      const snapshot = makeSnapshot({
        candidates: [marked(artifact)],
        nodes: [makeHolder(1), makeHolder(2)],
        ledger: ledgerOf(50, makeRunning(1, 2, { artifactId, action })),
      });
      expect(decideRepair(snapshot, wantsTwo, START)).toMatchObject([{ reason }]);
    },
  );

  it('begins nothing while somebody paused repair, and says who', () => {
    const snapshot = makeSnapshot({
      candidates: [marked(onNodes('a', 1))],
      nodes: [makeHolder(1)],
      pausedBy: 'somebody',
    });
    expect(decideRepair(snapshot, rules, START)).toMatchObject([{ action: 'wait', reason: 'paused' }]);
  });

  it.each(['on', 'unknown'] as const)(
    'makes no copies of those of silent nodes while the brake is %s, but brings what only nodes hold into the store',
    (brake) => {
      const silent = makeHolder(2, { heartbeatAt: at(-700) });
      const nodes = [makeHolder(1), silent, makeHolder(3)];
      const candidates = [marked(inStore('a', 2)), marked(inStore('b')), marked(onNodes('c', 1))];

      const decisions = decideRepair(
        makeSnapshot({ candidates, nodes, brake }),
        replicationRules({ targetNodeCopies: 1 }),
        START,
      );

      expect(decisions.map(({ reason }) => reason)).toEqual([
        'enough-copies',
        `brake-${brake}`,
        'store-copy-missing',
      ]);
    },
  );

  it('waits 600 s for a silent node before its copies count no longer', () => {
    const nodes = [makeHolder(1), makeHolder(2)];
    const snapshot = makeSnapshot({ candidates: [marked(inStore('a', 2))], nodes });
    const one = replicationRules({ targetNodeCopies: 1 });

    const reasons = [600, 601].map((seconds) => {
      const beating = [makeHolder(1, { heartbeatAt: at(seconds) }), makeHolder(2)];
      return decideRepair({ ...snapshot, nodes: beating }, one, addSeconds(START, seconds))[0]?.reason;
    });

    expect(reasons).toEqual(['enough-copies', 'node-copies-missing']);
  });

  it('looks again in an hour at a target that the fleet has no nodes for', () => {
    const nodes = [makeHolder(1), makeHolder(2, { capabilities: { ephemeral: true } })];
    const snapshot = makeSnapshot({ candidates: [marked(inStore('a', 1))], nodes });
    expect(decideRepair(snapshot, wantsTwo, START)).toMatchObject([
      { reason: 'target-beyond-fleet', mark: { state: 'short', copies: 2, dueAt: at(3600) } },
    ]);
  });

  it('asks later when no holder answers, so that others have their turn', () => {
    const nodes = [makeHolder(1, { heartbeatAt: at(-90) }), makeHolder(2)];
    const snapshot = makeSnapshot({ candidates: [marked(onNodes('a', 1))], nodes });
    expect(decideRepair(snapshot, rules, START)).toMatchObject([
      { reason: 'no-holder-reachable', mark: { dueAt: at(300) } },
    ]);
  });

  it('remembers since when an artifact lacks copies', () => {
    const mark = { state: 'changed', since: at(-900) } as const;
    const snapshot = makeSnapshot({ candidates: [marked(onNodes('a', 1), mark)], nodes: [makeHolder(1)] });
    expect(decideRepair(snapshot, rules, START)).toMatchObject([{ mark: { since: at(-900) } }]);
  });

  it('gives the same answers whatever the order of the nodes', () => {
    const nodes = [3, 1, 2].map((index) => makeHolder(index));
    const snapshot = makeSnapshot({ candidates: [marked(inStore('a')), marked(onNodes('b', 1, 2))], nodes });
    expect(decideRepair({ ...snapshot, nodes: nodes.toReversed() }, wantsTwo, START)).toEqual(
      decideRepair(snapshot, wantsTwo, START),
    );
  });
});
