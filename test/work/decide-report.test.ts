import { describe, expect, it } from 'vitest';
import { decideReport } from '../../lib/work/decide-report.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import { type WorkReport, workReportSchema } from '../../lib/work/work-report.ts';
import { leaseItem, MAX_RETURNS, startItem } from '../../lib/work/work-steps.ts';
import { at, atText, START } from '../nodes/fixtures.ts';
import { makeItem, nodeIdOf, workIdOf } from './work-fixture.ts';

const NODE = nodeIdOf(1);
const leased = leaseItem(makeItem(), { token: 't-1', nodeId: NODE }, START);
const running = startItem(leased, atText(5));
const handle = { token: 't-1', workId: workIdOf(1), attempt: 1 };
const ended = { durationSeconds: 2, logTail: 'the log' };
const started = { state: 'started', startedAt: atText(5) };
const succeeded = { ...ended, state: 'succeeded', exitCode: 0, evidence: { gamesPlayed: 5 }, outputs: [] };
const failed = { ...ended, state: 'failed', failureClass: 'transient', message: 'exit code 1' };
const released = { state: 'released', reason: 'draining', message: '' };
const report = (fields: object, changes: object = {}): WorkReport =>
  workReportSchema.parse({ ...handle, ...fields, ...changes });
const decide = (item: WorkItem | undefined, said: WorkReport, nodeId = NODE) =>
  decideReport(item, nodeId, said, at(10));
const nextOf = (item: WorkItem, said: WorkReport): WorkItem => {
  const decision = decide(item, said);
  if (decision.action !== 'change') throw new Error(`${decision.action}: ${decision.reason}`);
  return decision.evidence.next;
};

describe('decideReport', () => {
  it('counts an attempt when the work starts, and not before [events#2.15-3] [events#6-6]', () => {
    expect(leased).toMatchObject({ status: 'leased', attempts: 0 });
    expect(nextOf(leased, report(started))).toMatchObject({
      status: 'running',
      attempts: 1,
      lease: { startedAt: atText(5) },
    });
    expect(decide(running, report(started))).toMatchObject({ action: 'repeat', reason: 'said-before' });
  });

  it.each<[string, WorkItem | undefined, object, string, string]>([
    ['of work that is not there', undefined, {}, NODE, 'unknown-work'],
    ['under an older token', running, { token: 't-0' }, NODE, 'not-its-lease'],
    ['of a node that has no lease', running, {}, nodeIdOf(2), 'not-its-lease'],
    ['of work that waits', makeItem(), {}, NODE, 'not-its-lease'],
    ['of another attempt', running, { attempt: 2 }, NODE, 'wrong-attempt'],
    ['of an attempt that did not start', leased, { attempt: 2 }, NODE, 'wrong-attempt'],
  ])('refuses a report %s [events#2.15-5] [events#6-5]', (_what, item, changes, nodeId, reason) => {
    for (const fields of [started, succeeded, failed, released])
      expect(decide(item, report(fields, changes), nodeId)).toMatchObject({ action: 'refuse', reason });
  });

  it('ends work with its evidence', () => {
    const next = nextOf(running, report(succeeded));
    expect(next).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      endedAt: atText(10),
      availableAt: atText(10),
      result: { nodeId: NODE, evidence: { gamesPlayed: 5 }, outputCount: 0 },
      settled: { token: 't-1', nodeId: NODE, attempt: 1, as: 'succeeded' },
    });
    expect(next).not.toHaveProperty('lease');
  });

  it('takes an end that overtook its start', () => {
    expect(nextOf(leased, report(succeeded))).toMatchObject({ status: 'succeeded', attempts: 1 });
    const next = nextOf(leased, report(succeeded));
    expect(decide(next, report(started))).toMatchObject({ action: 'repeat' });
  });

  it.each([[{}], [{ gamesPlayed: 0 }], [{ gamesPlayed: 'many' }]])(
    'takes no success without evidence: %j [events#5-10]',
    (evidence) => {
      const decision = decide(running, report(succeeded, { evidence }));
      expect(decision).toMatchObject({
        reason: 'evidence-missing',
        evidence: { next: { status: 'pending', failures: [{ class: 'evidence-missing', nodeId: NODE }] } },
      });
    },
  );

  it.each([
    [1, atText(10 + 30), atText(10 + 600)],
    [2, atText(10 + 60), atText(10 + 1200)],
  ])('tries again after failure %i, later and elsewhere', (attempt, availableAt, avoidUntil) => {
    let item = running;
    for (let made = 1; made < attempt; made += 1) {
      item = startItem(
        leaseItem(nextOf(item, report(failed, { attempt: made })), { token: 't-1', nodeId: NODE }, START),
        atText(5),
      );
      // Another lease has another token; here it is the same for brevity, so what it settled is forgotten.
      delete item.settled;
    }
    expect(nextOf(item, report(failed, { attempt }))).toMatchObject({
      status: 'pending',
      attempts: attempt,
      availableAt,
      avoid: { [NODE]: avoidUntil },
      settled: { as: 'retried', reason: 'transient' },
    });
  });

  it('ends with the third real failure, which stays to be seen [events#6-6]', () => {
    const last = { ...running, attempts: 3 };
    expect(nextOf(last, report(failed, { attempt: 3 }))).toMatchObject({
      status: 'failed',
      attempts: 3,
      failures: [{ attempt: 3, class: 'transient', message: 'exit code 1', nodeId: NODE }],
      settled: { as: 'failed' },
      endedAt: atText(10),
    });
  });

  it('ends at once where another attempt cannot help', () => {
    const next = nextOf(running, report(failed, { failureClass: 'permanent' }));
    expect(next).toMatchObject({ status: 'failed', attempts: 1 });
  });

  it.each(['draining', 'sigterm', 'spot-notice', 'agent-restart', 'no-slot', 'template-unknown', 'late'])(
    'takes work back that a node released for %s, at no cost [events#5-6]',
    (reason) => {
      for (const item of [leased, running])
        expect(nextOf(item, report(released, { reason }))).toMatchObject({
          status: 'pending',
          attempts: 0,
          returns: 1,
          failures: [],
          availableAt: atText(10),
          settled: { as: 'returned', reason },
        });
    },
  );

  it.each([
    ['draining', undefined],
    ['sigterm', atText(130)],
    ['late', atText(70)],
    ['template-unknown', atText(310)],
  ])('does not give it to the same node at once after %s', (reason, avoidUntil) => {
    expect(nextOf(leased, report(released, { reason })).avoid[NODE]).toBe(avoidUntil);
  });

  it('delays what comes back again and again, and in the end shows it as failed: nothing waits that nobody may take [events#2.15-4]', () => {
    const afterReturns = (returns: number) => nextOf({ ...running, returns }, report(released));
    expect(afterReturns(2).availableAt).toBe(atText(10));
    expect(afterReturns(3).availableAt).toBe(atText(40));
    expect(afterReturns(MAX_RETURNS - 1)).toMatchObject({ status: 'pending', availableAt: atText(310) });
    expect(afterReturns(MAX_RETURNS)).toMatchObject({
      status: 'failed',
      failures: [{ class: 'preempted' }],
      settled: { as: 'failed', reason: 'preempted' },
    });
  });

  it.each([
    ['released', released, { reason: 'cancelled' }],
    ['released for a drain', released, {}],
    ['failed', failed, {}],
  ])('ends what somebody cancelled once it is %s', (_what, fields, changes) => {
    const item = { ...running, cancelRequestedBy: 'op' };
    expect(nextOf(item, report(fields, changes))).toMatchObject({
      status: 'cancelled',
      endReason: 'cancelled by op',
      settled: { as: 'cancelled' },
    });
  });

  it('lets what was done before its cancellation be done', () => {
    expect(nextOf({ ...running, cancelRequestedBy: 'op' }, report(succeeded))).toMatchObject({
      status: 'succeeded',
    });
  });
});
