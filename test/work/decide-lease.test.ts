import { describe, expect, it } from 'vitest';
import { decideLease, type LeaseDecision, type LeaseSurroundings } from '../../lib/work/decide-lease.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import { leaseItem, startItem } from '../../lib/work/work-steps.ts';
import { at, atText, START } from '../nodes/fixtures.ts';
import { makeItem, makeWorker, nodeIdOf, workIdOf } from './work-fixture.ts';

const token = 't-1';
const leased = leaseItem(makeItem(), { token, nodeId: nodeIdOf(1) }, START);
const running = startItem(leased, atText(5));
const right = { workId: workIdOf(1), attempt: 1, leaseUntil: atText(300), startBy: atText(60) };
const holder = (overrides: Parameters<typeof makeWorker>[1] = {}) =>
  makeWorker(1, { leases: { [token]: right }, ...overrides });
const runsIt = { heartbeat: { work: [{ token, workId: workIdOf(1), attempt: 1, startedAt: atText(5) }] } };
const calm: LeaseSurroundings = { reportsLate: false, nobodyHeard: false, observerSuspect: false };
const judged = (state: 'unreachable' | 'unhealthy' | 'unknown') =>
  holder({ health: { state, since: atText(200), reasons: ['missed-heartbeats'] } });
const unheard = { nobodyHeard: true };
const wanted: Partial<WorkItem> = { cancelRequestedBy: 'op' };

type Step = `${LeaseDecision['action']} ${LeaseDecision['reason']}`;
type Case = [
  string,
  WorkItem,
  ReturnType<typeof makeWorker> | undefined,
  number,
  Step,
  Partial<LeaseSurroundings>?,
];

describe('decideLease', () => {
  it.each<Case>([
    ['just given', leased, holder(), 19, 'keep not-started-yet'],
    ['given a while ago', leased, holder(), 20, 'resend not-started-yet'],
    ['due to start', leased, holder(), 59.999, 'resend not-started-yet'],
    ['past its start, whose report may come', leased, holder(), 60, 'keep not-started-yet'],
    ['never started', leased, holder(), 120, 'return not-started'],
    [
      'never started, while reports are late',
      leased,
      holder(),
      120,
      'keep reports-late',
      { reportsLate: true },
    ],
    ['started, as its heartbeat says', leased, holder(runsIt), 120, 'start start-not-reported'],
    ['cancelled before its start', { ...leased, ...wanted }, holder(), 30, 'cancel cancel-requested'],
    ['running', running, holder(), 300, 'keep runs'],
    ['running, and cancelled', { ...running, ...wanted }, holder(), 300, 'cancel cancel-requested'],
    ['running past its lease', running, holder(), 300.001, 'expire lease-ran-out'],
    [
      'past its lease, while reports are late',
      running,
      holder(),
      301,
      'keep reports-late',
      { reportsLate: true },
    ],
    ['past its lease, while nobody is heard', running, holder(), 301, 'keep reports-late', unheard],
    [
      'past its lease, while nobody is heard and its node is judged unhealthy',
      running,
      judged('unhealthy'),
      301,
      'keep reports-late',
      unheard,
    ],
    [
      'past its lease, while nobody is heard and its node is judged unreachable',
      running,
      judged('unreachable'),
      301,
      'expire lease-ran-out',
      unheard,
    ],
    [
      'past its lease, on a node that is judged unreachable, while reports are late',
      running,
      judged('unreachable'),
      301,
      'keep reports-late',
      { reportsLate: true },
    ],
    [
      'past its lease, on a node that is judged unreachable, under the brake',
      running,
      judged('unreachable'),
      301,
      'keep observer-suspect',
      { ...unheard, observerSuspect: true },
    ],
    ['never started, while nobody is heard', leased, holder(), 120, 'keep reports-late', unheard],
    [
      'never started, while nobody is heard and its node is judged unreachable',
      leased,
      judged('unreachable'),
      120,
      'return not-started',
      unheard,
    ],
    [
      'past its lease, under the brake',
      running,
      holder(),
      301,
      'keep observer-suspect',
      { observerSuspect: true },
    ],
    ['on a node that is not there', running, undefined, 10, 'return node-gone'],
    ['on a lost node', running, holder({ lifecycle: 'lost' }), 10, 'return node-gone'],
    ['on a terminated node', leased, holder({ lifecycle: 'terminated' }), 10, 'return node-gone'],
    ['on a revoked node', running, holder({ revokedAt: atText(1) }), 10, 'return node-gone'],
    ['on a draining node', running, holder({ lifecycle: 'draining' }), 10, 'keep runs'],
    ['on a terminating node', running, holder({ lifecycle: 'terminating' }), 10, 'keep runs'],
    ['on a node without its lease', running, holder({ leases: {} }), 10, 'return lease-missing'],
  ])('%s: %s', (_what, item, node, seconds, step, around = {}) => {
    const { action, reason } = decideLease(item, node, { ...calm, ...around }, at(seconds));
    expect(`${action} ${reason}`).toBe(step);
  });

  it('never takes a job of seven hours from a node that beats [events#5-4] [events#6-5]', () => {
    for (let seconds = 0; seconds < 7 * 3600; seconds += 30) {
      const beating = holder({
        leases: { [token]: { ...right, leaseUntil: at(seconds + 200).toISOString() } },
      });
      expect(decideLease(running, beating, calm, at(seconds)).action).toBe('keep');
    }
  });

  it('takes silence for no death while the observer may be the one that is silent [health-and-idle#12-9]', () => {
    const silent = { reportsLate: true, nobodyHeard: true, observerSuspect: true };
    expect(decideLease(running, holder(), silent, at(86_400)).action).toBe('keep');
  });
});
