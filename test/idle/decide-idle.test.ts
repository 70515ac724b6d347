import { describe, expect, it } from 'vitest';
import { KEEP_REASONS, type KeepReason } from '../../lib/idle/idle-reason.ts';
import { atText } from '../nodes/fixtures.ts';
import { makeRecord } from '../providers/fixtures.ts';
import {
  ago,
  DRAIN,
  holdOf,
  idleClock,
  idleNode,
  instanceOf,
  NOW_SECONDS,
  POLICY,
  providerState,
  slotOf,
} from './fixtures.ts';
import {
  decide,
  ended,
  idleFor,
  keptCount,
  lease,
  ledgerWith,
  type Situation,
  unclaimed,
  waiver,
} from './idle-situation.ts';

/** What keeps a node: title, reason, situation. Every reason of the closed list is here. */
const KEPT: readonly [title: string, reason: KeepReason, situation: Situation][] = [
  [
    'whose provider is off [health-and-idle#1.8-12, health-and-idle#13-1]',
    'mode-off',
    { policy: { mode: 'off' } },
  ],
  ['that drains', 'not-active', { node: { lifecycle: 'draining', drain: DRAIN } }],
  ['that has not spoken yet', 'not-active', { node: { lifecycle: 'pending' } }],
  ['that is lost', 'not-active', { node: { lifecycle: 'lost' } }],
  ['that was revoked', 'revoked', { node: { revokedAt: ago(5) } }],
  [
    'whose agent keeps an older promise [health-and-idle#14-5]',
    'drain-not-over',
    { heartbeat: { mode: 'draining' } },
  ],
  ['when the holds cannot be read', 'holds-unreadable', { fleet: { holds: undefined } }],
  [
    'in a frozen fleet [health-and-idle#1.8-12, health-and-idle#13-1]',
    'frozen',
    { fleet: { holds: [holdOf('fleet')] } },
  ],
  ['of a frozen provider', 'frozen', { fleet: { holds: [holdOf('provider:vast')] } }],
  [
    'that is protected [health-and-idle#13-4]',
    'protected',
    { fleet: { holds: [holdOf('node:n-00000000000a')] } },
  ],
  ['when nobody knows of a mass failure', 'brake-unknown', { fleet: { brake: 'unknown' } }],
  ['during a mass failure', 'mass-failure', { fleet: { brake: 'on' } }],
  ['when the state of the provider cannot be read', 'listing-unsure', { fleet: { state: undefined } }],
  [
    'when the provider was never listed',
    'listing-unsure',
    { fleet: { state: providerState({ listedAt: undefined }) } },
  ],
  [
    'when the last listing is 301 s old [health-and-idle#14-8, health-and-idle#13-1]',
    'listing-unsure',
    { fleet: { state: providerState({ listedAt: ago(301) }) } },
  ],
  [
    'when the listing lost half of itself [health-and-idle#14-7]',
    'listing-unsure',
    { fleet: { state: providerState({ suspect: { since: ago(60), listings: 1, missing: 5, known: 10 } }) } },
  ],
  ['whose instance was never compared', 'binding-unconfirmed', { node: { binding: undefined } }],
  [
    'at another address than its instance',
    'binding-unconfirmed',
    { node: { binding: { state: 'address-mismatch', at: ago(60) } } },
  ],
  [
    'that no listing ever had [health-and-idle#1.8-10]',
    'instance-unknown',
    { subject: { record: undefined } },
  ],
  [
    'whose instance is gone [health-and-idle#14-6]',
    'instance-unknown',
    { subject: { record: makeRecord('1001', { goneAt: ago(60) }) } },
  ],
  [
    'that the last listing lacks',
    'instance-unknown',
    { subject: { record: makeRecord('1001', { misses: 1 }) } },
  ],
  [
    'that boots, though it costs money [health-and-idle#1.8-16]',
    'instance-not-running',
    { subject: instanceOf({ status: 'booting' }) },
  ],
  ['of a status that nobody knows', 'instance-not-running', { subject: instanceOf({ status: 'unknown' }) }],
  ['that the provider locks', 'instance-locked', { subject: instanceOf({ locked: true }) }],
  ['that is exempt [health-and-idle#13-4]', 'exempt', { policy: { exempt: true } }],
  [
    'that is 899 s old [health-and-idle#1.8-17, health-and-idle#13-4]',
    'boot-grace',
    { node: { activatedAt: ago(899) } },
  ],
  [
    'whose heartbeat is 90 s old [health-and-idle#1.8-4, health-and-idle#13-2, events#6-9]',
    'heartbeat-stale',
    { node: { heartbeatAt: ago(90) } },
  ],
  [
    'that never spoke [health-and-idle#14-1]',
    'heartbeat-stale',
    { node: { heartbeatAt: undefined, heartbeat: undefined } },
  ],
  [
    'with work and no GPU use for 600 s [health-and-idle#12-7, health-and-idle#13-4]',
    'zombie',
    { node: { leases: lease, idleClock: idleClock({ gpuIdleSince: ago(600) }) } },
  ],
  [
    'with a lease, whatever its heartbeat says [health-and-idle#12-6, health-and-idle#12-8]',
    'lease',
    { node: { leases: lease, idleClock: idleClock({ gpuIdleSince: ago(599) }) } },
  ],
  ['that runs a command', 'command-running', { heartbeat: { runningCommandIds: ['c-1'] } }],
  ['that transfers', 'transfer-running', { heartbeat: { activeTransfers: 1 } }],
  ['with a person logged in', 'ssh-session', { heartbeat: { sshSessions: 1 } }],
  ['that cannot tell who is logged in', 'ssh-unknown', { heartbeat: { sshSessions: undefined } }],
  [
    'whose own probe says busy [health-and-idle#14-1]',
    'probe-busy',
    { heartbeat: { probe: { verdict: 'busy', detail: '' } } },
  ],
  [
    'with one of eight GPUs at 60 % [health-and-idle#1.8-5] [health-and-idle#14-2, health-and-idle#13-3]',
    'gpu-busy',
    {
      heartbeat: {
        gpus: Array.from({ length: 8 }, (_, index) => ({ index, utilizationPercent: index === 3 ? 60 : 0 })),
      },
    },
  ],
  [
    'with a GPU at exactly 10 % [health-and-idle#14-11]',
    'gpu-busy',
    { heartbeat: { gpus: [{ index: 0, utilizationPercent: 10 }] } },
  ],
  [
    'that cannot read its GPUs [health-and-idle#1.8-3, health-and-idle#13-2]',
    'gpu-unknown',
    { heartbeat: { gpus: undefined } },
  ],
  [
    'that cannot read its GPUs, whatever its provider reports: that sample has no time [providers#0-5, providers#7-4]',
    'gpu-unknown',
    { heartbeat: { gpus: undefined }, subject: instanceOf({ gpuUtilizationPercent: [0] }) },
  ],
  [
    'that cannot read one of its GPUs',
    'gpu-unknown',
    { heartbeat: { gpus: [{ index: 0, utilizationPercent: 0 }, { index: 1 }] } },
  ],
  [
    'that tells of fewer GPUs than it has',
    'gpu-unknown',
    { node: { capabilities: { ...idleNode().capabilities, gpuCount: 2 } } },
  ],
  [
    'with a busy CPU only [health-and-idle#14-3, health-and-idle#12-8, health-and-idle#13-3]',
    'cpu-busy',
    { heartbeat: { cpuPercent: 20 } },
  ],
  ['that cannot read its CPU', 'cpu-unknown', { heartbeat: { cpuPercent: undefined } }],
  [
    'whose clock was kept under other limits',
    'criteria-changed',
    { node: { idleClock: idleClock({ criteria: 'other' }) } },
  ],
  [
    'without a clock: a new process forgets nothing, and invents nothing [health-and-idle#1.8-17]',
    'idle-too-short',
    { node: { idleClock: undefined } },
  ],
  ['that was idle for 1799 s [health-and-idle#13-3]', 'idle-too-short', { node: idleFor(1799) }],
  [
    'whose samples cover 1799 s, though the last is 10 s old',
    'idle-too-short',
    { node: { idleClock: idleClock({ idleSince: ago(1809) }) } },
  ],
  [
    'whose drain ended 1809 s ago, whatever its clock says [health-and-idle#1.8-9]',
    'idle-too-short',
    {
      node: {
        endedDrain: {
          drainId: 'dr-0',
          epoch: 1,
          startedAt: ago(3000),
          endedAt: ago(1809),
          reason: 'activity',
          blockers: [],
        },
      },
    },
  ],
  [
    'that somebody used 1809 s ago, as a late heartbeat said',
    'idle-too-short',
    { node: { idleClock: idleClock({ activityAt: ago(1809) }) } },
  ],
  [
    'with 9 samples [health-and-idle#12-12, health-and-idle#13-3]',
    'too-few-samples',
    { node: { idleClock: idleClock({ samples: 9 }) } },
  ],
  ['without an inventory', 'unclaimed-unknown', { node: { inventory: undefined } }],
  ['with one unclaimed file', 'unclaimed-data', { node: unclaimed(1) }],
  [
    'with one file more than was waived',
    'unclaimed-data',
    { node: { ...unclaimed(3, 9), ...waiver(2, 9, ago(-60)) } },
  ],
  [
    'with one byte more than was waived',
    'unclaimed-data',
    { node: { ...unclaimed(3, 10), ...waiver(3, 9, ago(-60)) } },
  ],
  [
    'whose waiver expires now',
    'unclaimed-data',
    { node: { ...unclaimed(3, 9), ...waiver(3, 9, atText(NOW_SECONDS)) } },
  ],
  [
    'whose price is not known [health-and-idle#13-6]',
    'price-unknown',
    { subject: instanceOf({ chargeMicroUsdPerHour: undefined }) },
  ],
  [
    'that costs a micro-dollar too little [health-and-idle#1.8-11] [health-and-idle#14-10, health-and-idle#13-6]',
    'saving-too-small',
    { subject: instanceOf({ chargeMicroUsdPerHour: 99_999 }) },
  ],
  [
    'when waiting work cannot be read [health-and-idle#1.8-6] [health-and-idle#1.8-2, health-and-idle#13-5, events#6-9]',
    'work-unreadable',
    { subject: { pendingWork: 'unknown' } },
  ],
  ['whose waiting work nobody read yet', 'work-not-read', { subject: { pendingWork: 'not-read' } }],
  [
    'when one item more than the limit waits: it is to be used, not ended [health-and-idle#12-11, health-and-idle#13-5]',
    'work-pending',
    { subject: { pendingWork: POLICY.pendingWorkLimit + 1 } },
  ],
  ['that is the last of its group [health-and-idle#13-7]', 'retention', { fleet: keptCount(1) }],
  [
    'that is the last of its role, however many of other roles stay [health-and-idle#12-14]',
    'retention',
    {
      fleet: {
        kept: new Map([
          ['worker#unknown', 1],
          ['trainer#unknown', 50],
        ]),
      },
    },
  ],
  ['whose group is not counted', 'retention', { fleet: { kept: new Map() } }],
  [
    '299 s after another slot was taken [health-and-idle#12-12, health-and-idle#13-7]',
    'termination-gap',
    { fleet: ledgerWith({ pending: { 'dr-9': slotOf(299) } }) },
  ],
  [
    '299 s after another ended [health-and-idle#1.8-12]',
    'termination-gap',
    { fleet: ledgerWith({ terminations: ended(1, 299) }) },
  ],
  [
    'after two ended that day [health-and-idle#1.8-12, health-and-idle#13-7]',
    'daily-cap',
    { fleet: ledgerWith({ terminations: ended(2, 4000) }) },
  ],
  [
    'after one ended and one drains [health-and-idle#14-9]',
    'daily-cap',
    { fleet: ledgerWith({ terminations: ended(1, 4000), pending: { 'dr-9': slotOf(4000) } }) },
  ],
];

describe('decideIdle', () => {
  it.each(KEPT)('keeps a node %s', (_title, reason, situation) => {
    const decision = decide(situation);
    expect(decision.action).toBe('keep');
    expect(decision.evidence.blockers).toContain(reason);
    expect(decision.reason).toBe(decision.evidence.blockers[0]);
  });

  it('has a case for every reason, and only reasons of the list', () => {
    expect([...new Set(KEPT.map(([, reason]) => reason))].sort()).toEqual([...KEEP_REASONS].sort());
  });

  it('keeps all that blocks as evidence, the reason first in the order of the list', () => {
    const { reason, evidence } = decide({
      heartbeat: { cpuPercent: 50, sshSessions: 2 },
      fleet: { brake: 'on' },
    });
    expect(reason).toBe('mass-failure');
    expect(evidence.blockers).toEqual(['mass-failure', 'ssh-session', 'cpu-busy']);
    const ranks = evidence.checks.map((check) => KEEP_REASONS.indexOf(check.reason));
    expect(ranks).toEqual([...ranks].sort((one, other) => one - other));
  });
});
