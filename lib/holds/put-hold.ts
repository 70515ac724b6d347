import type { AuditStore } from '../audit/audit-row.ts';
import { PermanentError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import { type Hold, holdSchema } from './hold.ts';
import type { HoldStore } from './hold-store.ts';

interface PutHoldPorts {
  readonly holds: HoldStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

interface HoldRequest {
  readonly kind: Hold['kind'];
  /** `fleet`, `provider:<key>`, `node:<nodeId>` or `campaign:<campaignId>`. */
  readonly scope: string;
  readonly reason: string;
  readonly setBy: string;
  readonly ttlSeconds: number;
}

/** No hold is for ever (sync L19): at most 30 days. */
const MAX_TTL_SECONDS = 30 * 86_400;

/**
 * Sets a hold. The audit row is written first: a hold that nobody can explain is worse than a row without a hold.
 * @throws PermanentError when the scope, reason or time is not valid
 */
const putHold = async (ports: PutHoldPorts, request: HoldRequest): Promise<Hold> => {
  const now = ports.clock.now();
  if (!(request.ttlSeconds > 0 && request.ttlSeconds <= MAX_TTL_SECONDS)) {
    throw new PermanentError(
      `a hold lasts from 1 second to 30 days, not ${request.ttlSeconds} s: every hold expires by itself`,
    );
  }
  const parsed = holdSchema.safeParse({
    holdId: `h-${ports.ids.bytes(6).toString('hex')}`,
    kind: request.kind,
    scope: request.scope,
    reason: request.reason,
    setBy: request.setBy,
    setAt: toTimestamp(now),
    expiresAt: toTimestamp(addSeconds(now, request.ttlSeconds)),
  });
  if (!parsed.success) {
    throw new PermanentError(
      `not a valid hold (scope is fleet, provider:<key>, node:<nodeId> or campaign:<campaignId>; a reason is needed): ${parsed.error.message}`,
      { cause: parsed.error },
    );
  }
  const hold = parsed.data;
  await ports.audit.record({
    auditId: ports.ids.uuid(),
    subject: `hold:${hold.holdId}`,
    at: hold.setAt,
    actor: hold.setBy,
    action: 'put-hold',
    reason: hold.reason,
    after: { kind: hold.kind, scope: hold.scope, expiresAt: hold.expiresAt },
    evidence: { kind: hold.kind, scope: hold.scope, expiresAt: hold.expiresAt },
  });
  await ports.holds.put(hold);
  return hold;
};

export type { HoldRequest };
export { putHold };
