import { describe, expect, it } from 'vitest';
import { decideIdle } from '../../lib/idle/decide-idle.ts';
import { emptyLedger } from '../../lib/idle/ledger.ts';
import {
  ago,
  fleetWith,
  holdOf,
  idleClock,
  idleNode,
  instanceOf,
  NOW,
  POLICY,
  providerState,
  slotOf,
  subjectWith,
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

/** The other side of each limit. */
const DRAINED: readonly [title: string, situation: Situation][] = [
  ['by every signal [health-and-idle#1.8-1] [health-and-idle#1.8-18]', {}],
  ['with a listing of exactly 300 s', { fleet: { state: providerState({ listedAt: ago(300) }) } }],
  ['and is exactly 900 s old', { node: { activatedAt: ago(900) } }],
  ['with a heartbeat of 89 s', { node: { heartbeatAt: ago(89) } }],
  ['at 9.99 % GPU', { heartbeat: { gpus: [{ index: 0, utilizationPercent: 9.99 }] } }],
  ['at 19.99 % CPU', { heartbeat: { cpuPercent: 19.99 } }],
  ['with no GPU, which it says itself', { heartbeat: { gpus: [] } }],
  ['for exactly 1800 s [health-and-idle#14-11]', { node: idleFor(1800) }],
  ['with exactly 10 samples', { node: { idleClock: idleClock({ samples: 10 }) } }],
  ['with exactly what was waived', { node: { ...unclaimed(3, 9), ...waiver(3, 9, ago(-1)) } }],
  ['at exactly the minimum saving', { subject: instanceOf({ chargeMicroUsdPerHour: 100_000 }) }],
  [
    'at the price of the offer, where the charge is not told',
    { subject: instanceOf({ chargeMicroUsdPerHour: undefined, priceMicroUsdPerHour: 100_000 }) },
  ],
  [
    'with exactly the limit of waiting work [health-and-idle#14-11]',
    { subject: { pendingWork: POLICY.pendingWorkLimit } },
  ],
  ['and leaves exactly the retained', { fleet: keptCount(2) }],
  ['exactly 300 s after the last', { fleet: ledgerWith({ terminations: ended(1, 300) }) }],
  ['as the second of two in a day', { fleet: ledgerWith({ terminations: ended(1, 4000) }) }],
  ['as the third of fifteen', { fleet: { size: 15, ...ledgerWith({ terminations: ended(2, 4000) }) } }],
  ['two ends of more than a day ago', { fleet: ledgerWith({ terminations: ended(2, 86_400) }) }],
  [
    'with a hold of another node: names never match in part [health-and-idle#1.8-9] [health-and-idle#14-14]',
    { fleet: { holds: [holdOf('node:n-0000000000aa')] } },
  ],
];

describe('decideIdle at its limits', () => {
  it.each(DRAINED)('drains a node that is idle %s', (_title, situation) => {
    expect(decide(situation)).toMatchObject({ action: 'drain', reason: 'idle', evidence: { blockers: [] } });
  });

  it('does not call a node with work a zombie that has no GPU to use', () => {
    const { evidence } = decide({
      heartbeat: { gpus: [] },
      node: { leases: lease, idleClock: idleClock({ gpuIdleSince: ago(600) }) },
    });
    expect(evidence.blockers).toEqual(['lease']);
  });

  it('does not call a node cheap whose price is not known', () => {
    const { evidence } = decide({ subject: instanceOf({ chargeMicroUsdPerHour: undefined }) });
    expect(evidence.blockers).toEqual(['price-unknown']);
  });

  it('does not count the slot that a drain of this node holds itself', () => {
    const ledger = {
      ...emptyLedger,
      pending: { 'sd-1': slotOf(10, idleNode().nodeId), 'dr-9': slotOf(400) },
    };
    const asked = (ownSlot?: string) =>
      decideIdle(
        subjectWith(),
        fleetWith({ ledger, kept: new Map([['worker#unknown', 1]]) }),
        POLICY,
        NOW,
        ownSlot,
      );
    expect(asked('sd-1').evidence.blockers).toEqual([]);
    expect(asked().evidence.blockers).toEqual(['retention', 'termination-gap', 'daily-cap']);
  });
});
