import { resolveIdlePolicy } from '../../lib/idle/idle-policy.ts';
import { criteriaOf, type FleetView, groupOf, type IdleSubject } from '../../lib/idle/idle-snapshot.ts';
import { emptyLedger } from '../../lib/idle/ledger.ts';
import type { MayLoseDecision } from '../../lib/nodes/decide-may-lose.ts';
import type { Drain, Termination } from '../../lib/nodes/drain.ts';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import type { IdleClock } from '../../lib/nodes/idle-clock.ts';
import type { Node } from '../../lib/nodes/node.ts';
import type { Instance } from '../../lib/providers/instance.ts';
import type { ProviderState } from '../../lib/providers/provider-state.ts';
import { at, atText, makeHeartbeat, makeNode } from '../nodes/fixtures.ts';
import { makeInstance, makeRecord } from '../providers/fixtures.ts';

/** The moment of every decision: everything began 10,000 s before. */
const NOW_SECONDS = 10_000;
const NOW = at(NOW_SECONDS);
/** `seconds` before the decision. */
const ago = (seconds: number): string => atText(NOW_SECONDS - seconds);

const POLICY = {
  ...resolveIdlePolicy({}, { nodeId: '', provider: 'vast', role: 'worker', labels: {} }),
  mode: 'enforce' as const,
  retain: 1,
};
const CRITERIA = criteriaOf(POLICY);

const idleHeartbeat = (changes: Partial<Heartbeat> = {}): Heartbeat =>
  makeHeartbeat({
    gpus: [{ index: 0, utilizationPercent: 0 }],
    cpuPercent: 1,
    sshSessions: 0,
    unflushedBytes: 0,
    ...changes,
  });

const idleClock = (changes: Partial<IdleClock> = {}): IdleClock => ({
  criteria: CRITERIA.digest,
  idleSince: ago(4000),
  samples: 100,
  lastSampleAt: ago(10),
  busySignals: [],
  ...changes,
});

/** A node that is idle by every signal. */
const idleNode = (changes: Partial<Node> = {}): Node =>
  makeNode({
    lifecycle: 'active',
    activatedAt: atText(0),
    binding: { state: 'confirmed', at: ago(60) },
    heartbeat: idleHeartbeat(),
    heartbeatAt: ago(10),
    heartbeatSeq: 9,
    idleClock: idleClock(),
    inventory: {
      inventoryAt: ago(60),
      digest: 'd',
      key: 'k',
      count: 0,
      bytes: 0,
      unsettled: 0,
      unclaimed: { count: 0, bytes: 0, sample: [] },
    },
    ...changes,
  });

const subjectWith = (node: Partial<Node> = {}, changes: Partial<IdleSubject> = {}): IdleSubject => ({
  node: idleNode(node),
  record: makeRecord('1001'),
  pendingWork: 0,
  ...changes,
});

const instanceOf = (changes: Partial<Instance>): Partial<IdleSubject> => ({
  record: makeRecord('1001', { instance: makeInstance('1001', changes) }),
});

const providerState = (changes: Partial<ProviderState> = {}): ProviderState => ({
  provider: 'vast',
  attemptedAt: ago(60),
  listedAt: ago(60),
  completeAt: ago(60),
  listingNumber: 5,
  revision: 1,
  ...changes,
});

/** Ten nodes of the group, no brake, no slot. */
const fleetWith = (changes: Partial<FleetView> = {}): FleetView => ({
  holds: [],
  brake: 'off',
  state: providerState(),
  kept: new Map([[groupOf(subjectWith()), 10]]),
  size: 10,
  ledger: emptyLedger,
  ...changes,
});

const holdOf = (scope: string) => ({
  holdId: 'h-1',
  kind: 'freeze' as const,
  scope,
  reason: 'because',
  setBy: 'somebody',
  setAt: ago(100),
  expiresAt: atText(99_999),
});

const slotOf = (takenSecondsAgo: number, nodeId = 'n-00000000000b') => ({
  nodeId,
  group: 'worker#unknown',
  takenAt: ago(takenSecondsAgo),
});

const DRAIN: Drain = {
  drainId: 'dr-1',
  epoch: 1,
  startedAt: ago(600),
  drainUntil: atText(NOW_SECONDS + 1800),
  acknowledgeBy: atText(NOW_SECONDS + 1200),
  reason: 'idle',
  acknowledgedAt: ago(500),
  acknowledgedBootId: 'boot-1',
};

/** A node whose agent acknowledged the drain and still keeps it. */
const drainingNode = (drain: Partial<Drain> = {}, changes: Partial<Node> = {}): Partial<Node> => ({
  lifecycle: 'draining',
  drain: { ...DRAIN, ...drain },
  drainEpoch: 1,
  heartbeat: idleHeartbeat({ mode: 'draining' }),
  ...changes,
});

const withSlotOfDrain = (changes: Partial<FleetView> = {}): FleetView =>
  fleetWith({
    ledger: { ...emptyLedger, pending: { [DRAIN.drainId]: slotOf(600, idleNode().nodeId) } },
    ...changes,
  });

const TERMINATION: Termination = {
  terminationId: DRAIN.drainId,
  requestedAt: ago(60),
  reason: 'idle',
  abandonsData: false,
  attempts: 0,
  nextAttemptAt: ago(60),
};

const SAFE: MayLoseDecision = {
  safe: true,
  reasons: [],
  missingFromStore: [],
  unflushedBytes: 0,
  unclaimed: { count: 0, bytes: 0, sample: [] },
  isWaived: false,
};
const AT_RISK: MayLoseDecision = { ...SAFE, safe: false, reasons: ['missing-from-store'] };

export {
  AT_RISK,
  ago,
  CRITERIA,
  DRAIN,
  drainingNode,
  fleetWith,
  holdOf,
  idleClock,
  idleHeartbeat,
  idleNode,
  instanceOf,
  NOW,
  NOW_SECONDS,
  POLICY,
  providerState,
  SAFE,
  slotOf,
  subjectWith,
  TERMINATION,
  withSlotOfDrain,
};
