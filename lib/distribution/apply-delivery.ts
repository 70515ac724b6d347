import { type FailureClass, permanentFailures } from '../commands/command-result.ts';
import { assertNever } from '../errors.ts';
import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import type { Delivery } from './delivery.ts';
import type { DistributionPolicy } from './policy.ts';

/** Everything that can happen to a delivery row. */
type DeliveryInput =
  /** A distribution wants the artifact on this node. `copyLost`: the row was verified, but META has no live replica any more. */
  | { readonly type: 'request'; readonly distributionId: string; readonly copyLost: boolean }
  | { readonly type: 'send'; readonly commandId: string; readonly deadlineAt: Date }
  /** The node cannot take it now; no attempt is used. */
  | { readonly type: 'postpone'; readonly seconds: number; readonly message: string }
  | { readonly type: 'progress'; readonly attempt: number; readonly bytesDone: number }
  /** The node hashed what is on its disk: true whatever attempt says it. */
  | { readonly type: 'verified'; readonly at: Date; readonly currentPromotedAt?: string | undefined }
  | {
      readonly type: 'failed';
      readonly attempt: number;
      readonly class: FailureClass;
      readonly message: string;
    }
  /** The node looked and its copy is gone or bad. */
  | { readonly type: 'missing'; readonly class: FailureClass; readonly message: string }
  /** META has no live replica of this node any more: whatever the row ended with, the copy is wanted again. */
  | { readonly type: 'reopen' }
  | { readonly type: 'no-answer' }
  | { readonly type: 'node-gone'; readonly message: string };

type DeliveryReason =
  | 'requested'
  | 'already-requested'
  | 'reopened'
  | 'sent'
  | 'postponed'
  | 'gave-up-waiting'
  | 'not-due'
  | 'progressed'
  | 'verified'
  | 'already-verified'
  | 'retry-scheduled'
  | 'permanent-failure'
  | 'attempts-used-up'
  | 'copy-missing'
  | 'node-gone'
  | 'not-current'
  | 'terminal';

interface DeliveryStep {
  readonly action: 'change' | 'keep';
  readonly reason: DeliveryReason;
  /** The row to write (revision already raised), or the same row. */
  readonly row: Delivery;
}

/** A pending row whose node stays silent or draining fails after this: every wait has an end (sync L20). */
const PENDING_MAX_SECONDS = 86_400;

/** A reopened row remembers so many distributions: far more than run at the same time for one artifact. */
const MAX_DISTRIBUTIONS = 20;

const isInFlight = (row: Delivery): boolean => row.state === 'sent' || row.state === 'transferring';
const isTerminal = (row: Delivery): boolean => row.state === 'verified' || row.state === 'failed';

const keep = (row: Delivery, reason: DeliveryReason): DeliveryStep => ({ action: 'keep', reason, row });

const change = (row: Delivery, reason: DeliveryReason, now: Date, next: Partial<Delivery>): DeliveryStep => {
  const merged = { ...row, ...next, updatedAt: toTimestamp(now), revision: row.revision + 1 };
  if (merged.state !== 'verified' && merged.state !== 'failed') {
    return { action: 'change', reason, row: merged };
  }
  const { dueAt: _noLongerDue, ...terminal } = merged;
  return { action: 'change', reason, row: terminal };
};

const fail = (row: Delivery, reason: DeliveryReason, failure: Failure, now: Date): DeliveryStep =>
  change(row, reason, now, { state: 'failed', lastFailure: { ...failure, at: toTimestamp(now) } });

interface Failure {
  readonly class: FailureClass;
  readonly message: string;
}

const failAttempt = (
  row: Delivery,
  failure: Failure,
  policy: DistributionPolicy,
  now: Date,
): DeliveryStep => {
  if (permanentFailures.has(failure.class)) return fail(row, 'permanent-failure', failure, now);
  const delaySeconds = policy.retryDelaysSeconds[row.attempt - row.attemptBase - 1];
  if (delaySeconds === undefined) return fail(row, 'attempts-used-up', failure, now);
  return change(row, 'retry-scheduled', now, {
    state: 'pending',
    dueAt: toTimestamp(addSeconds(now, delaySeconds)),
    lastFailure: { ...failure, at: toTimestamp(now) },
  });
};

const reopen = (row: Delivery, reason: DeliveryReason, distributionIds: string[], now: Date): DeliveryStep =>
  change(row, reason, now, {
    state: 'pending',
    attemptBase: row.attempt,
    openedAt: toTimestamp(now),
    dueAt: toTimestamp(now),
    distributionIds,
    bytesDone: 0,
  });

const applyRequest = (row: Delivery, distributionId: string, copyLost: boolean, now: Date): DeliveryStep => {
  if (row.distributionIds.includes(distributionId)) return keep(row, 'already-requested');
  if (row.state === 'verified' && !copyLost) return keep(row, 'already-verified');
  if (isTerminal(row)) {
    // The earlier ones stay: a distribution that still runs would ask again, and reopen for ever what failed for good.
    const waiting = [...row.distributionIds.slice(1 - MAX_DISTRIBUTIONS), distributionId];
    return reopen(row, 'reopened', waiting, now);
  }
  return change(row, 'requested', now, { distributionIds: [...row.distributionIds, distributionId] });
};

const applyPostpone = (row: Delivery, seconds: number, message: string, now: Date): DeliveryStep => {
  if (row.state !== 'pending') return keep(row, 'not-current');
  if (secondsSince(row.openedAt ?? row.createdAt, now) >= PENDING_MAX_SECONDS) {
    return fail(row, 'gave-up-waiting', { class: 'no-answer', message }, now);
  }
  return change(row, 'postponed', now, { dueAt: toTimestamp(addSeconds(now, seconds)) });
};

const applyVerified = (row: Delivery, at: Date, promotedAt: string | undefined, now: Date): DeliveryStep => {
  const moved = promotedAt !== undefined && promotedAt > (row.currentPromotedAt ?? '');
  if (row.state === 'verified' && !moved) return keep(row, 'already-verified');
  return change(row, 'verified', now, {
    state: 'verified',
    bytesDone: row.bytesTotal,
    verifiedAt: row.state === 'verified' && row.verifiedAt ? row.verifiedAt : toTimestamp(at),
    ...(moved ? { currentPromotedAt: promotedAt } : {}),
  });
};

/**
 * The state machine of one delivery: `pending → sent → transferring → verified | failed`, a repeat goes back to `pending`.
 * Pure. `verified` wins from every state; failures and progress count only for the attempt that is in flight, so
 * duplicates and late messages change nothing. A round has at most `retryDelaysSeconds.length + 1` attempts.
 */
const applyDelivery = (
  row: Delivery,
  input: DeliveryInput,
  policy: DistributionPolicy,
  now: Date,
): DeliveryStep => {
  switch (input.type) {
    case 'request':
      return applyRequest(row, input.distributionId, input.copyLost, now);
    case 'send':
      if (row.state !== 'pending' || row.dueAt === undefined || row.dueAt > toTimestamp(now)) {
        return keep(row, 'not-due');
      }
      return change(row, 'sent', now, {
        state: 'sent',
        attempt: row.attempt + 1,
        commandId: input.commandId,
        dueAt: toTimestamp(input.deadlineAt),
        bytesDone: 0,
      });
    case 'postpone':
      return applyPostpone(row, input.seconds, input.message, now);
    case 'progress':
      if (!isInFlight(row) || input.attempt !== row.attempt) return keep(row, 'not-current');
      if (row.state === 'transferring' && input.bytesDone <= (row.bytesDone ?? 0)) {
        return keep(row, 'not-current');
      }
      return change(row, 'progressed', now, {
        state: 'transferring',
        bytesDone: Math.min(row.bytesTotal, Math.max(row.bytesDone ?? 0, input.bytesDone)),
      });
    case 'verified':
      return applyVerified(row, input.at, input.currentPromotedAt, now);
    case 'failed':
      if (!isInFlight(row) || input.attempt !== row.attempt) return keep(row, 'not-current');
      return failAttempt(row, { class: input.class, message: input.message }, policy, now);
    case 'missing':
      if (row.state !== 'verified') return keep(row, 'not-current');
      return reopen(row, 'copy-missing', [], now);
    case 'reopen':
      return isTerminal(row) ? reopen(row, 'reopened', [], now) : keep(row, 'already-requested');
    case 'no-answer':
      if (!isInFlight(row)) return keep(row, 'not-current');
      if (row.dueAt !== undefined && row.dueAt > toTimestamp(now)) return keep(row, 'not-due');
      return failAttempt(
        row,
        { class: 'no-answer', message: `no answer to attempt ${row.attempt} before its deadline` },
        policy,
        now,
      );
    case 'node-gone':
      if (isTerminal(row)) return keep(row, 'terminal');
      return fail(row, 'node-gone', { class: 'node-gone', message: input.message }, now);
    default:
      return assertNever(input);
  }
};

export type { DeliveryInput, DeliveryReason, DeliveryStep };
export { applyDelivery, isInFlight, isTerminal, PENDING_MAX_SECONDS };
