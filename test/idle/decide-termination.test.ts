import { describe, expect, it } from 'vitest';
import {
  backoffSeconds,
  decideTermination,
  type TerminationReason,
} from '../../lib/idle/decide-termination.ts';
import type { FleetView, IdleSubject } from '../../lib/idle/idle-snapshot.ts';
import type { MayLoseDecision } from '../../lib/nodes/decide-may-lose.ts';
import type { Drain, Termination } from '../../lib/nodes/drain.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { makeRecord } from '../providers/fixtures.ts';
import {
  AT_RISK,
  ago,
  drainingNode,
  fleetWith,
  holdOf,
  idleClock,
  idleHeartbeat,
  instanceOf,
  NOW,
  providerState,
  SAFE,
  subjectWith,
  TERMINATION,
} from './fixtures.ts';

interface Situation {
  readonly termination?: Partial<Termination>;
  readonly drain?: Partial<Drain>;
  readonly node?: Partial<Node>;
  readonly subject?: Partial<IdleSubject>;
  readonly fleet?: Partial<FleetView>;
  readonly mode?: 'observe' | 'enforce' | 'off';
  readonly exempt?: boolean;
  readonly mayLose?: MayLoseDecision | undefined;
}

const decide = (situation: Situation) => {
  const { termination = {}, drain = {}, node = {}, subject = {}, fleet = {} } = situation;
  const { mode = 'enforce', exempt = false } = situation;
  const mayLose = 'mayLose' in situation ? situation.mayLose : SAFE;
  return decideTermination(
    subjectWith(drainingNode(drain, { lifecycle: 'terminating', ...node }), subject),
    { ...TERMINATION, ...termination },
    fleetWith(fleet),
    { mode, exempt },
    mayLose,
    NOW,
  );
};

const WAITING: readonly [title: string, reason: TerminationReason, situation: Situation][] = [
  [
    'the listing lacks the instance',
    'not-listed',
    { subject: { record: makeRecord('1001', { misses: 1 }) } },
  ],
  ['the instance is gone', 'not-listed', { subject: { record: makeRecord('1001', { goneAt: ago(5) }) } }],
  ['the provider says that it goes', 'not-listed', { subject: instanceOf({ status: 'terminating' }) }],
  ['the next attempt is a second away', 'backoff', { termination: { nextAttemptAt: ago(-1) } }],
  [
    'an accepted request may still take effect',
    'accepted',
    { termination: { nextAttemptAt: ago(-1), lastOutcome: 'accepted', acceptedAt: ago(100) } },
  ],
  ['the fleet is frozen', 'frozen', { fleet: { holds: [holdOf('fleet')] } }],
  ['the holds cannot be read', 'holds-unreadable', { fleet: { holds: undefined } }],
  ['many nodes fail', 'mass-failure', { fleet: { brake: 'on' } }],
  ['the listing is stale', 'listing-unsure', { fleet: { state: providerState({ listedAt: ago(301) }) } }],
  ['no listing ever had it', 'instance-unknown', { subject: { record: undefined } }],
  ['30 s of the promise are left', 'promise-over', { drain: { drainUntil: ago(-30) } }],
  ['another boot runs than promised', 'promise-over', { node: { bootId: 'boot-2' } }],
  ['the agent says that it works', 'promise-over', { node: { heartbeat: idleHeartbeat() } }],
  ['nobody knows what it holds', 'data-unknown', { mayLose: undefined }],
  ['something would be lost', 'data-at-risk', { mayLose: AT_RISK }],
];

/** Nobody wants it to end any more. */
const UNWANTED: readonly [title: string, reason: TerminationReason, situation: Situation][] = [
  ['somebody used it since', 'activity', { node: { idleClock: idleClock({ activityAt: ago(59) }) } }],
  ['somebody protected it', 'protected', { fleet: { holds: [holdOf('node:n-00000000000a')] } }],
  ['it is exempt now', 'exempt', { exempt: true }],
  ['the mode is observe now', 'mode-changed', { mode: 'observe' }],
  ['the mode is off now', 'mode-changed', { mode: 'off' }],
  ['its promise is over, to the second', 'promise-ends', { drain: { drainUntil: ago(0) } }],
];

/** What a request may have done already. */
const UNDER_WAY: readonly [title: string, termination: Partial<Termination>][] = [
  ['a request was accepted', { lastOutcome: 'accepted', acceptedAt: ago(50) }],
  ['one before the last was accepted', { lastOutcome: 'transient', acceptedAt: ago(50) }],
  ['the last answer says nothing', { lastOutcome: 'transient', unsureUntil: ago(-1) }],
  ['a request was made and a crash swallowed its answer', { attempts: 1, unsureUntil: ago(-1) }],
];

describe('decideTermination', () => {
  it.each(UNWANTED)(
    'gives a node back while its provider accepted nothing: %s',
    (_title, reason, situation) => {
      expect(decide(situation)).toMatchObject({ action: 'give-back', reason });
      const refused = { attempts: 3, lastOutcome: 'refused', nextAttemptAt: ago(-800) };
      expect(decide({ ...situation, termination: refused })).toMatchObject({ action: 'give-back', reason });
      const unsureBefore = { attempts: 3, lastOutcome: 'transient', unsureUntil: ago(0) };
      expect(decide({ ...situation, termination: unsureBefore }).action).toBe('give-back');
    },
  );

  it.each(
    UNDER_WAY.flatMap(([done, termination]) =>
      UNWANTED.map(
        ([title, reason, situation]) => [done, title, { ...situation, termination }, reason] as const,
      ),
    ),
  )('neither gives a node back nor asks again once %s, though %s', (_done, _title, situation, reason) => {
    expect(decide(situation)).toMatchObject({ action: 'wait', reason });
  });

  it('never gives back what is on its way out, nor what a person forced', () => {
    const isUsed = { node: { idleClock: idleClock({ activityAt: ago(59) }) } };
    expect(decide({ ...isUsed, subject: instanceOf({ status: 'terminating' }) }).reason).toBe('not-listed');
    expect(decide({ ...isUsed, termination: { forcedBy: 'p' } }).action).toBe('request');
    expect(decide({ mode: 'off', termination: { forcedBy: 'p' } }).action).toBe('request');
  });

  it('only waits when a silent agent is all that is wrong: its promise holds', () => {
    const decision = decide({
      node: { heartbeatAt: ago(500) },
      mayLose: AT_RISK,
      drain: { drainUntil: ago(-31) },
    });
    expect(decision).toMatchObject({ action: 'wait', reason: 'data-at-risk' });
  });

  it.each(WAITING)('asks for nothing while %s', (_title, reason, situation) => {
    expect(decide(situation)).toMatchObject({ action: 'wait', reason });
  });

  it.each<[string, Situation]>([
    ['is due', {}],
    ['failed before, and the wait is over [health-and-idle#14-15]', { termination: { attempts: 3 } }],
    ['has 31 s of its promise left', { drain: { drainUntil: ago(-31) } }],
    ['stopped, and goes on costing', { subject: instanceOf({ status: 'stopped' }) }],
    ['was used before, not since', { node: { idleClock: idleClock({ activityAt: ago(60) }) } }],
    [
      'was forced, without a promise',
      {
        termination: { forcedBy: 'p' },
        node: { drain: undefined, heartbeat: idleHeartbeat() },
        mode: 'observe',
      },
    ],
    ['was forced with its data', { termination: { forcedBy: 'p', abandonsData: true }, mayLose: AT_RISK }],
  ])('asks for the end of a node that %s', (_title, situation) => {
    expect(decide(situation)).toMatchObject({ action: 'request', reason: 'due' });
  });

  it.each<[string, Situation, string]>([
    ['its data', { mayLose: AT_RISK }, 'data-at-risk'],
    ['a hold, even with its data', { fleet: { holds: [holdOf('fleet')] } }, 'frozen'],
  ])('forces nothing past %s', (_title, situation, reason) => {
    const abandonsData = situation.fleet !== undefined;
    expect(decide({ ...situation, termination: { forcedBy: 'p', abandonsData } })).toMatchObject({
      action: 'wait',
      reason,
    });
  });

  it.each([
    [599, false],
    [600, true],
  ])('is stuck after 10 minutes: %i s', (seconds, isStuck) => {
    expect(decide({ termination: { requestedAt: ago(seconds) } }).isStuck).toBe(isStuck);
  });

  it.each<[string, boolean, Situation]>([
    ['600 s of it are left', true, { drain: { drainUntil: ago(-600) } }],
    ['601 s of it are left', false, { drain: { drainUntil: ago(-601) } }],
    [
      'the end is on its way',
      false,
      { drain: { drainUntil: ago(0) }, subject: instanceOf({ status: 'terminating' }) },
    ],
    ['it was forced', false, { drain: { drainUntil: ago(0) }, termination: { forcedBy: 'p' } }],
  ])('asks for a longer promise when %s: %s', (_title, expected, situation) => {
    expect(decide(situation).extendPromise).toBe(expected);
  });

  it('waits twice as long after each failure, at most 15 minutes', () => {
    expect([0, 1, 2, 3, 5, 6, 1000].map(backoffSeconds)).toEqual([30, 30, 60, 120, 480, 900, 900]);
  });
});
