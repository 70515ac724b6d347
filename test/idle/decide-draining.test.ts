import { describe, expect, it } from 'vitest';
import { type DrainDecision, decideDraining } from '../../lib/idle/decide-draining.ts';
import type { IdlePolicy } from '../../lib/idle/idle-policy.ts';
import type { FleetView, IdleSubject } from '../../lib/idle/idle-snapshot.ts';
import { emptyLedger } from '../../lib/idle/ledger.ts';
import type { MayLoseDecision } from '../../lib/nodes/decide-may-lose.ts';
import type { Drain } from '../../lib/nodes/drain.ts';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { makeRecord } from '../providers/fixtures.ts';
import {
  AT_RISK,
  ago,
  DRAIN,
  drainingNode,
  holdOf,
  idleClock,
  idleHeartbeat,
  instanceOf,
  NOW,
  POLICY,
  providerState,
  SAFE,
  slotOf,
  subjectWith,
  withSlotOfDrain,
} from './fixtures.ts';

interface Situation {
  readonly drain?: Partial<Drain>;
  readonly node?: Partial<Node>;
  readonly heartbeat?: Partial<Heartbeat>;
  readonly subject?: Partial<IdleSubject>;
  readonly fleet?: Partial<FleetView>;
  readonly policy?: Partial<IdlePolicy>;
  readonly mayLose?: MayLoseDecision | undefined;
}

const decide = (situation: Situation): DrainDecision => {
  const { drain = {}, node = {}, heartbeat = {}, subject = {}, fleet = {}, policy = {} } = situation;
  const mayLose = 'mayLose' in situation ? situation.mayLose : SAFE;
  const changes = { heartbeat: idleHeartbeat({ mode: 'draining', ...heartbeat }), ...node };
  return decideDraining(
    subjectWith(drainingNode(drain, changes), subject),
    { ...DRAIN, ...drain },
    withSlotOfDrain(fleet),
    { ...POLICY, ...policy },
    mayLose,
    NOW,
  );
};

const lease = { t: { workId: 'w', attempt: 1, leaseUntil: ago(-300) } };
const unpromised = { acknowledgedAt: undefined, acknowledgedBootId: undefined };

const CANCELLED: readonly [title: string, reason: string, situation: Situation][] = [
  ['the mode is observe now [health-and-idle#1.8-13]', 'mode-changed', { policy: { mode: 'observe' } }],
  ['the mode is off now', 'mode-changed', { policy: { mode: 'off' } }],
  ['it is exempt now', 'exempt', { policy: { exempt: true } }],
  ['somebody protected it', 'protected', { fleet: { holds: [holdOf('node:n-00000000000a')] } }],
  ['it has a lease [health-and-idle#14-4, health-and-idle#12-2]', 'activity', { node: { leases: lease } }],
  ['a GPU is busy', 'activity', { heartbeat: { gpus: [{ index: 0, utilizationPercent: 10 }] } }],
  ['somebody logged in', 'activity', { heartbeat: { sshSessions: 1 } }],
  ['its probe says busy', 'activity', { heartbeat: { probe: { verdict: 'busy', detail: '' } } }],
  [
    'somebody used it in between [health-and-idle#1.8-8]',
    'activity',
    { node: { idleClock: idleClock({ activityAt: ago(599) }) } },
  ],
  ['its slot is gone', 'no-slot', { fleet: { ledger: emptyLedger } }],
  [
    'work waits [health-and-idle#12-11]',
    'work-pending',
    { subject: { pendingWork: POLICY.pendingWorkLimit + 1 } },
  ],
  ['it became cheap', 'saving-too-small', { subject: instanceOf({ chargeMicroUsdPerHour: 1 }) }],
  [
    'the others went [health-and-idle#14-9]',
    'retention',
    { fleet: { kept: new Map([['worker#unknown', 0]]) } },
  ],
  [
    'no acknowledgement came by the deadline, to the second',
    'not-acknowledged',
    { drain: { ...unpromised, acknowledgeBy: ago(0) } },
  ],
  [
    'another boot than the one that runs acknowledged',
    'not-acknowledged',
    { drain: { acknowledgedBootId: 'boot-0', acknowledgeBy: ago(0) } },
  ],
  ['exactly 120 s of the promise are left', 'promise-ends', { drain: { drainUntil: ago(-120) } }],
];

const WAITING: readonly [title: string, reason: string, situation: Situation][] = [
  [
    'the agent has not acknowledged [health-and-idle#1.8-7]',
    'awaiting-acknowledgement',
    { drain: unpromised },
  ],
  ['the drain is 179 s old', 'drain-period', { drain: { startedAt: ago(179) } }],
  [
    'the last heartbeat is as old as the acknowledgement',
    'awaiting-heartbeat',
    { drain: { acknowledgedAt: ago(10) } },
  ],
  ['the agent says that it works', 'awaiting-heartbeat', { heartbeat: { mode: 'active' } }],
  ['the fleet is frozen', 'frozen', { fleet: { holds: [holdOf('fleet')] } }],
  ['the holds cannot be read', 'holds-unreadable', { fleet: { holds: undefined } }],
  ['many nodes fail', 'mass-failure', { fleet: { brake: 'on' } }],
  ['the listing is stale', 'listing-unsure', { fleet: { state: providerState({ listedAt: ago(301) }) } }],
  [
    'the instance was not listed',
    'instance-unknown',
    { subject: { record: makeRecord('1001', { misses: 1 }) } },
  ],
  ['the heartbeat is stale [events#6-9]', 'heartbeat-stale', { node: { heartbeatAt: ago(90) } }],
  ['it flushes', 'transfer-running', { heartbeat: { activeTransfers: 1 } }],
  ['its hook runs', 'command-running', { heartbeat: { runningCommandIds: ['c'] } }],
  ['its CPU cannot be read', 'cpu-unknown', { heartbeat: { cpuPercent: undefined } }],
  ['waiting work cannot be read [events#6-9]', 'work-unreadable', { subject: { pendingWork: 'unknown' } }],
  [
    'its price is not known, which does not make it cheap',
    'price-unknown',
    { subject: instanceOf({ chargeMicroUsdPerHour: undefined }) },
  ],
  [
    'another went 299 s ago',
    'termination-gap',
    {
      fleet: {
        ledger: {
          ...emptyLedger,
          pending: { [DRAIN.drainId]: slotOf(600) },
          terminations: [{ terminationId: 'dr-9', nodeId: 'n-00000000000b', at: ago(299) }],
        },
      },
    },
  ],
  ['nobody knows what it holds', 'data-unknown', { mayLose: undefined }],
  ['something would be lost [health-and-idle#1.8-7]', 'data-at-risk', { mayLose: AT_RISK }],
];

describe('decideDraining', () => {
  it.each(CANCELLED)('gives the node back when %s', (_title, reason, situation) => {
    expect(decide(situation)).toMatchObject({ action: 'cancel', reason });
  });

  it.each(WAITING)('waits while %s', (_title, reason, situation) => {
    expect(decide(situation)).toMatchObject({ action: 'wait', reason });
  });

  it.each<[string, Situation]>([
    ['everything passes again', {}],
    ['the drain is exactly 180 s old', { drain: { startedAt: ago(180), acknowledgedAt: ago(100) } }],
    ['121 s of the promise are left', { drain: { drainUntil: ago(-121) } }],
    [
      'its termination was counted before a crash',
      {
        fleet: {
          ledger: {
            ...emptyLedger,
            terminations: [{ terminationId: DRAIN.drainId, nodeId: 'n-00000000000a', at: ago(5) }],
          },
        },
      },
    ],
    ['its own use was before the drain', { node: { idleClock: idleClock({ activityAt: ago(600) }) } }],
  ])('ends the node when %s', (_title, situation) => {
    expect(decide(situation)).toMatchObject({ action: 'terminate', reason: 'idle' });
  });

  it('names what would be lost among the blockers', () => {
    expect(decide({ mayLose: AT_RISK }).evidence.blockers).toContain('missing-from-store');
  });
});
