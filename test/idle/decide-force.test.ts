import { describe, expect, it } from 'vitest';
import type { Hold } from '../../lib/holds/hold.ts';
import { decideForce, type ForceReason } from '../../lib/idle/decide-force.ts';
import type { MayLoseDecision } from '../../lib/nodes/decide-may-lose.ts';
import type { Termination } from '../../lib/nodes/drain.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { atText, makeNode, NODE_ID } from '../nodes/fixtures.ts';
import { TERMINATION } from './fixtures.ts';

const safe: MayLoseDecision = {
  safe: true,
  reasons: [],
  missingFromStore: [],
  unflushedBytes: 0,
  unclaimed: { count: 0, bytes: 0, sample: [] },
  isWaived: false,
};
const atRisk: MayLoseDecision = { ...safe, safe: false, reasons: ['unflushed-data'], unflushedBytes: 5 };

const hold = (scope: string, kind: Hold['kind'] = 'freeze'): Hold => ({
  holdId: `h-${scope}`,
  kind,
  scope,
  reason: 'why',
  setBy: 'me',
  setAt: atText(0),
  expiresAt: atText(3600),
});

const terminating = (changes: Partial<Termination>): Partial<Node> => ({
  lifecycle: 'terminating',
  termination: { ...TERMINATION, ...changes },
});

interface Case {
  readonly title: string;
  readonly reason: ForceReason;
  readonly node?: Partial<Node>;
  readonly holds?: readonly Hold[] | 'unreadable';
  readonly mayLose?: MayLoseDecision | 'unreadable';
  readonly abandonsData?: boolean;
}

const cases: readonly Case[] = [
  { title: 'an active node with nothing to lose', reason: 'forced' },
  { title: 'a pending node', reason: 'forced', node: { lifecycle: 'pending' } },
  { title: 'a draining node', reason: 'forced', node: { lifecycle: 'draining' } },
  {
    title: 'one that is revoked: it costs money all the same',
    reason: 'forced',
    node: { revokedAt: atText(1) },
  },
  { title: 'one that is terminating after its drain', reason: 'forced', node: terminating({}) },
  {
    title: 'one that is terminating with data at risk',
    reason: 'data-at-risk',
    node: terminating({}),
    mayLose: atRisk,
  },
  { title: 'one that a person ended', reason: 'already-terminating', node: terminating({ forcedBy: 'p' }) },
  {
    title: 'one that a person ended, whose data another gives up',
    reason: 'forced',
    node: terminating({ forcedBy: 'p' }),
    abandonsData: true,
  },
  {
    title: 'one that a person ended with its data',
    reason: 'already-terminating',
    node: terminating({ forcedBy: 'p', abandonsData: true }),
    abandonsData: true,
  },
  { title: 'one that ended', reason: 'not-living', node: { lifecycle: 'terminated' } },
  { title: 'one that is lost', reason: 'not-living', node: { lifecycle: 'lost' } },
  { title: 'a machine of the user', reason: 'own-machine', node: { provider: 'static' } },
  { title: 'a node while the holds are unreadable', reason: 'holds-unreadable', holds: 'unreadable' },
  { title: 'a protected node', reason: 'held', holds: [hold(`node:${NODE_ID}`)] },
  { title: 'a node of a frozen provider', reason: 'held', holds: [hold('provider:vast')] },
  { title: 'a node of a frozen fleet', reason: 'held', holds: [hold('fleet')] },
  { title: 'a node while another one is protected', reason: 'forced', holds: [hold('node:n-0000000000ff')] },
  { title: 'a node while work is paused', reason: 'forced', holds: [hold('fleet', 'pause')] },
  { title: 'a node with data at risk', reason: 'data-at-risk', mayLose: atRisk },
  { title: 'a node whose data is unknown', reason: 'data-unknown', mayLose: 'unreadable' },
  { title: 'data that a person gives up', reason: 'forced', mayLose: atRisk, abandonsData: true },
  {
    title: 'unknown data that a person gives up',
    reason: 'forced',
    mayLose: 'unreadable',
    abandonsData: true,
  },
  {
    title: 'a protected node whose data is given up',
    reason: 'held',
    holds: [hold(`node:${NODE_ID}`)],
    abandonsData: true,
  },
];

describe('decideForce', () => {
  it.each(cases)('$reason: $title', ({ reason, node, holds = [], mayLose = safe, abandonsData = false }) => {
    const decision = decideForce(
      makeNode({ lifecycle: 'active', ...node }),
      holds === 'unreadable' ? undefined : holds,
      mayLose === 'unreadable' ? undefined : mayLose,
      abandonsData,
    );
    expect(decision.reason).toBe(reason);
    expect(decision.action).toBe(reason === 'forced' ? 'terminate' : 'refuse');
  });

  it('names the holds in the way, and no other', () => {
    const own = hold(`node:${NODE_ID}`);
    const { evidence } = decideForce(makeNode(), [own, hold('provider:runpod')], safe, false);
    expect(evidence.holds).toEqual([own]);
  });
});
