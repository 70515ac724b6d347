import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureClassSchema, permanentFailures } from '../../lib/commands/command-result.ts';
import { applyDelivery, type DeliveryInput } from '../../lib/distribution/apply-delivery.ts';
import type { Delivery } from '../../lib/distribution/delivery.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeDelivery, policy, START } from './fixtures.ts';

const at = (seconds: number): Date => addSeconds(START, seconds);
const apply = (row: Delivery, input: DeliveryInput, now = START) => applyDelivery(row, input, policy, now);
const send = (attempt = 1): DeliveryInput => ({
  type: 'send',
  commandId: `c-${attempt}`,
  deadlineAt: at(120),
});
const inFlight = (attempt = 1): Delivery =>
  makeDelivery({ state: 'sent', attempt, commandId: `c-${attempt}`, dueAt: toTimestamp(at(120)) });
const failing = (failureClass: 'stalled' | 'checksum-mismatch', attempt = 1): DeliveryInput => ({
  type: 'failed',
  attempt,
  class: failureClass,
  message: 'it broke',
});

describe('applyDelivery', () => {
  it('sends a due row, once', () => {
    const first = apply(makeDelivery(), send());
    expect(first.row).toMatchObject({ state: 'sent', attempt: 1, commandId: 'c-1', revision: 1 });
    expect(apply(first.row, send())).toEqual({ action: 'keep', reason: 'not-due', row: first.row });
  });

  it('does not send before the retry is due', () => {
    const row = makeDelivery({ dueAt: toTimestamp(at(30)) });
    expect(apply(row, send(), at(29)).reason).toBe('not-due');
    expect(apply(row, send(), at(30)).reason).toBe('sent');
  });

  it('waits 30, 60, 120 and 240 s between attempts, then fails for good', () => {
    let row = makeDelivery();
    let now = START;
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      row = apply(row, send(attempt), now).row;
      row = apply(row, failing('stalled', attempt), now).row;
      if (row.dueAt === undefined) break;
      const due = new Date(row.dueAt);
      waits.push((due.getTime() - now.getTime()) / 1000);
      now = due;
    }
    expect(waits).toEqual([30, 60, 120, 240]);
    expect(row).toMatchObject({ state: 'failed', attempt: 5, lastFailure: { class: 'stalled' } });
  });

  it.each(failureClassSchema.options)('treats the failure %s as its class says', (failureClass) => {
    const input = { type: 'failed', attempt: 1, class: failureClass, message: 'why' } as const;
    const { row, reason } = apply(inFlight(), input);
    const isPermanent = permanentFailures.has(failureClass);
    expect(reason).toBe(isPermanent ? 'permanent-failure' : 'retry-scheduled');
    expect(row.state).toBe(isPermanent ? 'failed' : 'pending');
    expect(row.lastFailure).toMatchObject({ class: failureClass, message: 'why' });
  });

  it('[sync#13-9] fails for good on a checksum mismatch: the agent has repeated it once already', () => {
    expect(apply(inFlight(), failing('checksum-mismatch')).row).toMatchObject({
      state: 'failed',
      attempt: 1,
    });
  });

  it.each([
    ['of an older attempt', inFlight(2), failing('stalled', 1)],
    ['after the row went back to pending', makeDelivery({ attempt: 1 }), failing('stalled', 1)],
    ['after it verified', makeDelivery({ state: 'verified', attempt: 1 }), failing('checksum-mismatch', 1)],
  ])('[sync#13-7] ignores a failure %s', (_when, row, input) => {
    expect(apply(row, input)).toEqual({ action: 'keep', reason: 'not-current', row });
  });

  it.each(['pending', 'sent', 'transferring', 'failed'] as const)(
    '[sync#13-8] takes a late proof when the row is %s: it is the truth about a disk',
    (state) => {
      const { row } = apply(makeDelivery({ state, attempt: 2 }), { type: 'verified', at: at(5) });
      expect(row).toMatchObject({ state: 'verified', verifiedAt: toTimestamp(at(5)), bytesDone: 2_000_000 });
      expect(row.dueAt).toBeUndefined();
    },
  );

  it('[sync#L20] takes the silence after the deadline as a failed attempt', () => {
    expect(apply(inFlight(), { type: 'no-answer' }, at(119)).reason).toBe('not-due');
    expect(apply(inFlight(), { type: 'no-answer' }, at(120)).row).toMatchObject({
      state: 'pending',
      lastFailure: { class: 'no-answer' },
    });
  });

  it('[sync#L20] gives up a row that could not be sent for a day', () => {
    const input = { type: 'postpone', seconds: 60, message: 'node n is silent' } as const;
    expect(apply(makeDelivery(), input, at(86_399)).row).toMatchObject({ state: 'pending', attempt: 0 });
    expect(apply(makeDelivery(), input, at(86_400)).row).toMatchObject({
      state: 'failed',
      lastFailure: { class: 'no-answer', message: 'node n is silent' },
    });
  });

  it('keeps the highest progress and never more than the size', () => {
    const half = apply(inFlight(), { type: 'progress', attempt: 1, bytesDone: 1_000_000 }).row;
    expect(half).toMatchObject({ state: 'transferring', bytesDone: 1_000_000 });
    expect(apply(half, { type: 'progress', attempt: 1, bytesDone: 10 }).action).toBe('keep');
    expect(apply(half, { type: 'progress', attempt: 1, bytesDone: 9_000_000 }).row.bytesDone).toBe(2_000_000);
  });

  it('reopens a failed row for a later distribution with new attempts and new command ids', () => {
    const failed = makeDelivery({ state: 'failed', attempt: 5, distributionIds: ['d-1'] });
    const input = { type: 'request', distributionId: 'd-2', copyLost: false } as const;
    const { row } = apply(failed, input);
    expect(row).toMatchObject({
      state: 'pending',
      attempt: 5,
      attemptBase: 5,
      distributionIds: ['d-1', 'd-2'],
    });
    expect(apply({ ...row, state: 'failed' }, { ...input, distributionId: 'd-1' }).reason).toBe(
      'already-requested',
    );
    const sent = apply(row, send(6)).row;
    expect(apply(sent, failing('stalled', 6)).row).toMatchObject({ state: 'pending', attempt: 6 });
    expect(apply(failed, { ...input, distributionId: 'd-1' }).reason).toBe('already-requested');
  });

  it('joins a row that is under way instead of starting another one', () => {
    const input = { type: 'request', distributionId: 'd-2', copyLost: false } as const;
    const { row } = apply(makeDelivery({ ...inFlight(), distributionIds: ['d-1'] }), input);
    expect(row).toMatchObject({ state: 'sent', attempt: 1, distributionIds: ['d-1', 'd-2'] });
  });

  it('reopens a verified row only when the copy is known to be lost', () => {
    const verified = makeDelivery({ state: 'verified', attempt: 1 });
    const input = { type: 'request', distributionId: 'd-2', copyLost: false } as const;
    expect(apply(verified, input).reason).toBe('already-verified');
    expect(apply(verified, { ...input, copyLost: true }).row.state).toBe('pending');
    const missing = { type: 'missing', class: 'not-found', message: 'gone' } as const;
    expect(apply(verified, missing).row).toMatchObject({ state: 'pending', attemptBase: 1 });
  });

  it('ends every open row of a node that is gone', () => {
    const gone = { type: 'node-gone', message: 'node n was revoked' } as const;
    expect(apply(makeDelivery(), gone).row.lastFailure).toMatchObject({ class: 'node-gone' });
    expect(apply(inFlight(), gone).row.state).toBe('failed');
    expect(apply(makeDelivery({ state: 'verified' }), gone).action).toBe('keep');
  });
});

const attempts = fc.integer({ min: 1, max: 6 });
const inputs: fc.Arbitrary<DeliveryInput> = fc.oneof(
  fc.constant(null).map((): DeliveryInput => ({ type: 'no-answer' })),
  fc.constant(null).map(() => send()),
  fc.constant(null).map((): DeliveryInput => ({ type: 'postpone', seconds: 60, message: 'silent' })),
  fc.constant(null).map((): DeliveryInput => ({ type: 'node-gone', message: 'gone' })),
  fc.constant(null).map((): DeliveryInput => ({ type: 'verified', at: START })),
  fc
    .tuple(attempts, fc.nat(3_000_000))
    .map(([attempt, bytesDone]): DeliveryInput => ({ type: 'progress', attempt, bytesDone })),
  fc.tuple(attempts, fc.constantFrom(...failureClassSchema.options)).map(
    ([attempt, failureClass]): DeliveryInput => ({
      type: 'failed',
      attempt,
      class: failureClass,
      message: 'why',
    }),
  ),
);

/** Runs any messages, in any order and number, with the clock going on by any steps. */
const history = fc.array(fc.tuple(inputs, fc.integer({ min: 0, max: 200 })), { maxLength: 60 });
const run = (steps: readonly (readonly [DeliveryInput, number])[]): Delivery[] => {
  const rows = [makeDelivery()];
  let now = START;
  for (const [input, seconds] of steps) {
    now = addSeconds(now, seconds);
    const row = rows.at(-1) ?? makeDelivery();
    rows.push(applyDelivery(row, input, policy, now).row);
  }
  return rows;
};

describe('applyDelivery, whatever comes in whatever order', () => {
  const pairs = (rows: readonly Delivery[]) =>
    rows.slice(1).map((next, index) => ({ before: rows[index] ?? next, next }));

  it('[sync#13-7] never loses a verified row', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { before, next } of pairs(run(steps))) {
          if (before.state === 'verified') expect(next.state).toBe('verified');
        }
      }),
    );
  });

  it('makes at most five attempts, and never sends one twice', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const rows = run(steps);
        expect(Math.max(...rows.map(({ attempt }) => attempt))).toBeLessThanOrEqual(5);
        const sends = pairs(rows).filter(({ before, next }) => next.attempt !== before.attempt);
        for (const { before, next } of sends) {
          expect(next.attempt).toBe(before.attempt + 1);
          expect(before.state).toBe('pending');
        }
      }),
    );
  });

  it('leaves `failed` only by proof, and has a due time exactly while it is open', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { before, next } of pairs(run(steps))) {
          if (before.state === 'failed') expect(['failed', 'verified']).toContain(next.state);
          expect(next.dueAt === undefined).toBe(next.state === 'failed' || next.state === 'verified');
          expect(next.revision - before.revision).toBe(next === before ? 0 : 1);
        }
      }),
    );
  });
});
