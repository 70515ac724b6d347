import { decideIdle } from '../../lib/idle/decide-idle.ts';
import type { IdlePolicy } from '../../lib/idle/idle-policy.ts';
import type { FleetView, IdleSubject } from '../../lib/idle/idle-snapshot.ts';
import { emptyLedger, type Ledger } from '../../lib/idle/ledger.ts';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { ago, fleetWith, idleClock, idleHeartbeat, NOW, POLICY, subjectWith } from './fixtures.ts';

/** What differs from a node that is idle by every signal in a fleet that lets it go. */
interface Situation {
  readonly node?: Partial<Node>;
  readonly heartbeat?: Partial<Heartbeat>;
  readonly subject?: Partial<IdleSubject>;
  readonly fleet?: Partial<FleetView>;
  readonly policy?: Partial<IdlePolicy>;
}

/** The decision of this situation. */
const decide = ({ node = {}, heartbeat, subject = {}, fleet = {}, policy = {} }: Situation) =>
  decideIdle(
    subjectWith(
      { ...(heartbeat === undefined ? {} : { heartbeat: idleHeartbeat(heartbeat) }), ...node },
      subject,
    ),
    fleetWith(fleet),
    { ...POLICY, ...policy },
    NOW,
  );

/** One lease. */
const lease = { t: { workId: 'w', attempt: 1, leaseUntil: ago(-300) } };
const unclaimed = (count: number, bytes = count) => ({
  inventory: {
    inventoryAt: ago(60),
    digest: 'd',
    key: 'k',
    count: 0,
    bytes: 0,
    unclaimed: { count, bytes, sample: [] },
  },
});
const waiver = (count: number, bytes: number, expiresAt: string) => ({
  dataWaiver: { waivedBy: 'p', waivedAt: ago(60), reason: 'scratch', expiresAt, count, bytes },
});
const ledgerWith = (changes: Partial<Ledger>): Partial<FleetView> => ({
  ledger: { ...emptyLedger, ...changes },
});
const ended = (count: number, secondsAgo: number): Ledger['terminations'] =>
  Array.from({ length: count }, (_, index) => ({
    terminationId: `dr-${index + 10}`,
    nodeId: 'n-00000000000b',
    at: ago(secondsAgo),
  }));
const keptCount = (count: number): Partial<FleetView> => ({ kept: new Map([['worker#unknown', count]]) });
const idleFor = (seconds: number, changes = {}) => ({
  idleClock: idleClock({ idleSince: ago(10 + seconds), ...changes }),
});

export type { Situation };
export { decide, ended, idleFor, keptCount, lease, ledgerWith, unclaimed, waiver };
