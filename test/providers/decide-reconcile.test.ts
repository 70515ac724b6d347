import { describe, expect, it } from 'vitest';
import type { Node } from '../../lib/nodes/node.ts';
import { decideReconcile, type ReconcileSnapshot } from '../../lib/providers/decide-reconcile.ts';
import { RECONCILE_POLICY } from '../../lib/providers/reconcile-policy.ts';
import { at, atText, makeHeartbeat, makeNode } from '../nodes/fixtures.ts';
import { makeInstance, makeRecord } from './fixtures.ts';

const NOW = 100_000;
const nodeIdOf = (index: number): string => `n-${String(index).padStart(12, '0')}`;
const nodeOf = (index: number, changes: Partial<Node> = {}): Node =>
  makeNode({
    nodeId: nodeIdOf(index),
    instanceId: String(index),
    lifecycle: 'active',
    heartbeat: makeHeartbeat(),
    heartbeatAt: atText(NOW - 10),
    ...changes,
  });
const snapshot = (changes: Partial<ReconcileSnapshot>): ReconcileSnapshot => ({
  state: undefined,
  records: [],
  nodes: [],
  endedNodes: new Map(),
  ...changes,
});
const decide = (changes: Partial<ReconcileSnapshot>, listing: ReturnType<typeof makeInstance>[]) =>
  decideReconcile(snapshot(changes), listing, RECONCILE_POLICY, at(NOW));
const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1));

describe('decideReconcile: what is missing', () => {
  it('does not end a node whose instance one complete listing lacks', () => {
    const { steps } = decide({ records: [makeRecord('1', { nodeId: nodeIdOf(1) })], nodes: [nodeOf(1)] }, []);
    expect(steps).toMatchObject([{ reason: 'missing', record: { misses: 1, missedAt: atText(NOW) } }]);
    expect(steps[0]).not.toHaveProperty('endNodeId');
  });

  it('ends it with the second one in a row, and the meter at the first', () => {
    const record = makeRecord('1', {
      nodeId: nodeIdOf(1),
      misses: 1,
      missedListing: 0,
      missedAt: atText(NOW - 60),
    });
    const { steps } = decide({ records: [record], nodes: [nodeOf(1)] }, []);
    expect(steps).toMatchObject([
      {
        reason: 'gone',
        endNodeId: nodeIdOf(1),
        segment: { startAt: atText(0), endAt: atText(NOW - 60) },
        record: { goneAt: atText(NOW), meter: { charge: { microUsdPerHour: 0 } } },
      },
    ]);
  });

  it('begins anew when a listing in between was not worked off: it may have had the instance', () => {
    const record = makeRecord('1', { nodeId: nodeIdOf(1), misses: 1, missedListing: 7, missedAt: atText(0) });
    const state = {
      provider: 'vast' as const,
      attemptedAt: atText(NOW - 60),
      completeAt: atText(NOW - 120),
      listingNumber: 8,
      revision: 1,
    };
    const { steps } = decide({ state, records: [record], nodes: [nodeOf(1)] }, []);
    expect(steps).toMatchObject([{ reason: 'missing', record: { misses: 1, missedListing: 9 } }]);
  });

  it('forgets a miss when the instance is listed again', () => {
    const record = makeRecord('1', {
      misses: 1,
      missedAt: atText(NOW - 60),
      withoutNodeSince: atText(NOW - 60),
    });
    const { steps } = decide({ records: [record] }, [makeInstance('1')]);
    expect(steps).toMatchObject([{ reason: 'listed', record: { misses: 0 } }]);
    expect(steps[0]?.record).not.toHaveProperty('missedAt');
  });

  it('takes an instance that is listed as preempted for missing, and says why', () => {
    const record = makeRecord('1', {
      nodeId: nodeIdOf(1),
      misses: 1,
      missedListing: 0,
      missedAt: atText(NOW - 60),
    });
    const listing = [makeInstance('1', { status: 'preempted', bills: false, chargeMicroUsdPerHour: 0 })];
    expect(decide({ records: [record], nodes: [nodeOf(1)] }, listing).steps).toMatchObject([
      { reason: 'preempted', endNodeId: nodeIdOf(1) },
    ]);
  });

  it('counts no absence in a listing right after the last one', () => {
    const state = {
      provider: 'vast' as const,
      attemptedAt: atText(NOW - 3),
      completeAt: atText(NOW - 3),
      listingNumber: 5,
      revision: 1,
    };
    const record = makeRecord('1', { nodeId: nodeIdOf(1), misses: 1 });
    const decision = decide({ state, records: [record], nodes: [nodeOf(1)] }, []);
    expect(decision.listing.reason).toBe('too-soon-after-the-last');
    expect(decision.steps).toEqual([]);
  });
});

describe('decideReconcile: a listing that shrinks at once', () => {
  const shrink = (known: number, missing: number, suspect?: number) =>
    decide(
      {
        records: ids(known).map((id) => makeRecord(id, { withoutNodeSince: atText(NOW - 60) })),
        state: {
          provider: 'vast',
          attemptedAt: atText(NOW - 60),
          completeAt: atText(NOW - 60),
          listingNumber: 5,
          revision: 1,
          ...(suspect === undefined
            ? {}
            : { suspect: { since: atText(NOW - 60 * suspect), listings: suspect, missing, known } }),
        },
      },
      ids(known)
        .slice(missing)
        .map((id) => makeInstance(id)),
    );

  it.each([
    [10, 2, 'complete'],
    [10, 3, 'shrank-at-once'],
    [15, 3, 'complete'],
    [14, 3, 'shrank-at-once'],
    [2, 2, 'complete'],
    [3, 3, 'shrank-at-once'],
  ])('of %i instances loses %i: %s', (known, missing, reason) => {
    const decision = shrink(known, missing);
    expect(decision.listing.reason).toBe(reason);
    expect(decision.steps).toHaveLength(reason === 'complete' ? missing : 0);
  });

  it('is believed only when the next two lose as much', () => {
    expect(shrink(10, 10, 1).listing).toMatchObject({
      action: 'believe-presence',
      suspect: { listings: 2, since: atText(NOW - 60) },
    });
    const third = shrink(10, 10, 2);
    expect(third.listing).toMatchObject({ action: 'believe', reason: 'confirmed-shrinkage' });
    expect(third.listing).not.toHaveProperty('suspect');
    expect(third.steps.map(({ record }) => record.misses)).toEqual(Array(10).fill(1));
  });
});

describe('decideReconcile: bindings', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7', 'confirmed'],
    ['::ffff:198.51.100.7', '198.51.100.7', 'confirmed'],
    ['198.51.100.8', '198.51.100.7', 'address-mismatch'],
    [undefined, '198.51.100.7', 'address-mismatch'],
    ['198.51.100.8', undefined, 'confirmed'],
  ])('of a node from %s, with the address %s listed: %s', (sourceAddress, address, state) => {
    const node = nodeOf(1, sourceAddress === undefined ? {} : { sourceAddress });
    const listing = [makeInstance('1', address === undefined ? {} : { address })];
    expect(decide({ nodes: [node] }, listing).bindings).toMatchObject([{ binding: { state } }]);
  });

  it('writes nothing that the node says already', () => {
    const node = nodeOf(1, { binding: { state: 'confirmed', at: atText(5) } });
    expect(decide({ nodes: [node] }, [makeInstance('1')]).bindings).toEqual([]);
  });

  it('does not hold it against a node that enrolled after the listing began', () => {
    expect(decide({ nodes: [nodeOf(1, { enrolledAt: atText(NOW) })] }, []).bindings).toEqual([]);
  });

  it('never ends a node that speaks, whose instance was never listed', () => {
    const binding = { state: 'not-listed' as const, at: atText(NOW - 60) };
    expect(decide({ nodes: [nodeOf(1, { binding })] }, []).strays).toEqual([]);
  });

  it('ends one that is silent for longer than a boot, in the second such listing', () => {
    const silent = nodeOf(1, { heartbeatAt: atText(NOW - 901) });
    expect(decide({ nodes: [silent] }, []).strays).toEqual([]);
    const again = { ...silent, binding: { state: 'not-listed' as const, at: atText(NOW - 60) } };
    expect(decide({ nodes: [again] }, []).strays).toEqual([again]);
  });
});

describe('decideReconcile: instances without an agent', () => {
  const lonely = (changes: Parameters<typeof makeInstance>[1], seconds: number) =>
    decide({ records: [makeRecord('1', { withoutNodeSince: atText(NOW - seconds) })] }, [
      makeInstance('1', changes),
    ]).steps.map(({ announceUnmanaged }) => announceUnmanaged);

  it.each<[string, Parameters<typeof makeInstance>[1], number, boolean]>([
    ['running for 15 min', {}, 900, true],
    ['running for less', {}, 899, false],
    ['with a status that nobody knows', { status: 'unknown', rawStatus: 'zombie' }, 900, true],
    ['stopped', { status: 'stopped' }, 900, false],
    ['that does not bill', { bills: false, chargeMicroUsdPerHour: 0 }, 900, false],
  ])('names one %s', (_what, changes, seconds, expected) => {
    expect(lonely(changes, seconds).includes(true)).toBe(expected);
  });

  it('names it once', () => {
    const record = makeRecord('1', { withoutNodeSince: atText(0), unmanagedAt: atText(900) });
    expect(decide({ records: [record] }, [makeInstance('1')]).steps).toEqual([]);
  });
});

describe('decideReconcile: a lost node that is back', () => {
  const lost = (changes: Partial<Node> = {}) =>
    nodeOf(1, { lifecycle: 'lost', endedAt: atText(NOW - 300), ...changes });
  const reviving = (node: Node) =>
    decide(
      {
        records: [makeRecord('1', { nodeId: node.nodeId, withoutNodeSince: atText(NOW - 300) })],
        endedNodes: new Map([[node.nodeId, node]]),
      },
      [makeInstance('1')],
    ).revivals;

  it('becomes active when it speaks and is listed', () => {
    expect(reviving(lost())).toHaveLength(1);
  });

  it.each<[string, Partial<Node>]>([
    ['has not spoken since', { heartbeatAt: atText(NOW - 301) }],
    ['is revoked', { revokedAt: atText(1) }],
    ['has lost its queue', { queueDeletedAt: atText(1) }],
    ['was terminated', { lifecycle: 'terminated' }],
  ])('stays ended when it %s', (_what, changes) => {
    expect(reviving(lost(changes))).toEqual([]);
  });
});

it('writes nothing at all when nothing changed, also when utilization did', () => {
  const record = makeRecord('1', { nodeId: nodeIdOf(1) });
  const node = nodeOf(1, { binding: { state: 'confirmed', at: atText(0) } });
  const metered = {
    ...record,
    meter: { ...record.meter, charge: { ...record.meter.charge, nodeId: node.nodeId, role: node.role } },
  };
  const decision = decide({ records: [metered], nodes: [node] }, [
    makeInstance('1', { gpuUtilizationPercent: [42] }),
  ]);
  expect(decision.steps).toEqual([]);
  expect(decision.bindings).toEqual([]);
});
