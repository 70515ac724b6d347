import { describe, expect, it } from 'vitest';
import { type AlertSnapshot, decideAlerts } from '../../lib/replication/decide-alerts.ts';
import { repairPolicyOf, targetsOf } from '../../lib/replication/replication-policy.ts';
import { replicationLevel, replicationScore } from '../../lib/replication/replication-score.ts';
import { addSeconds } from '../../lib/time.ts';
import { START } from '../distribution/fixtures.ts';
import { at } from './fixtures.ts';

const policy = repairPolicyOf({});
const snapshot = (changes: Partial<AlertSnapshot> = {}): AlertSnapshot => ({
  counts: { under: 0, lost: 0, single: 0 },
  persistentNodes: 10,
  targets: [],
  isRecountDue: false,
  active: [],
  ...changes,
});
const kindsOf = (counts: AlertSnapshot['counts']): string[] =>
  decideAlerts(snapshot({ counts }), policy, START).active.map(({ kind }) => kind);

describe('decideAlerts', () => {
  it.each([
    [{ lost: 0, single: 499, under: 999 }, []],
    [{ lost: 1, single: 0, under: 0 }, ['lost']],
    [{ lost: 0, single: 500, under: 600 }, ['single-copy']],
    [{ lost: 0, single: 0, under: 1000 }, ['under-replicated']],
    [{ lost: 1, single: 0, under: 999 }, ['lost', 'under-replicated']],
  ])('calls %o an emergency of %o', (counts, kinds) => {
    expect(kindsOf(counts)).toEqual(kinds);
  });

  it('tells of an emergency when it begins, and again after 600 s', () => {
    const counts = { under: 0, lost: 2, single: 0 };
    const first = decideAlerts(snapshot({ counts }), policy, START);
    expect(first.tell).toMatchObject([{ kind: 'lost', count: 2, since: at(0), toldAt: at(0) }]);

    const soon = decideAlerts(snapshot({ counts, active: first.active }), policy, addSeconds(START, 599));
    expect(soon).toMatchObject({ tell: [], active: [{ since: at(0), toldAt: at(0) }] });

    const later = decideAlerts(snapshot({ counts, active: soon.active }), policy, addSeconds(START, 600));
    expect(later.tell).toMatchObject([{ since: at(0), toldAt: at(600) }]);
  });

  it('forgets what is over, so that it begins anew', () => {
    const active = decideAlerts(snapshot({ counts: { under: 0, lost: 1, single: 0 } }), policy, START).active;
    expect(decideAlerts(snapshot({ active }), policy, START)).toEqual({ active: [], tell: [] });
  });

  it('warns while artifacts were not held against the settings', () => {
    const found = decideAlerts(snapshot({ isRecountDue: true }), policy, START);
    expect(found.tell).toMatchObject([{ kind: 'not-recounted', severity: 'warning' }]);
    expect(found.tell[0]?.message).toContain('npx drover replication recount');
  });

  it('makes one warning of all targets that the fleet has no nodes for, and tells it once', () => {
    const targets = targetsOf({ targetNodeCopies: 2, kinds: { games: { targetNodeCopies: 4 } } });
    const found = decideAlerts(snapshot({ targets, persistentNodes: 1 }), policy, START);
    expect(found.tell).toMatchObject([{ kind: 'target-beyond-fleet', severity: 'warning', count: 3 }]);
    expect(found.tell[0]?.message).toContain('replication.kinds.games wants 4 nodes');
    const day = decideAlerts(
      snapshot({ targets, persistentNodes: 1, active: found.active }),
      policy,
      addSeconds(START, 86_400),
    );
    expect(day.tell).toEqual([]);
    expect(decideAlerts(snapshot({ targets, persistentNodes: 4 }), policy, START).active).toEqual([]);
  });
});

describe('replicationScore', () => {
  const none = { succeeded: 0, failed: 0 };
  it.each([
    [{ under: 0, lost: 0, single: 0 }, 100, none, 100],
    [{ under: 10, lost: 0, single: 0 }, 100, none, 95],
    [{ under: 10, lost: 0, single: 10 }, 100, none, 92],
    [{ under: 0, lost: 10, single: 0 }, 100, none, 85],
    [{ under: 0, lost: 0, single: 0 }, 100, { succeeded: 3, failed: 1 }, 95],
    [{ under: 0, lost: 100, single: 0 }, 100, none, 0],
    [{ under: 0, lost: 0, single: 0 }, 0, none, 100],
    // Not counted yet: what is marked is there all the same.
    [{ under: 2, lost: 0, single: 0 }, 0, none, 50],
  ])('%o of %i, %o: %f', (counts, total, repairs, score) => {
    expect(replicationScore(counts, total, repairs)).toBe(score);
  });

  it.each([
    [90, 'healthy'],
    [89.9, 'degraded'],
    [70, 'degraded'],
    [50, 'unhealthy'],
    [49.9, 'critical'],
  ])('%f is %s', (score, level) => {
    expect(replicationLevel(score)).toBe(level);
  });
});
