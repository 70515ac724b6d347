import type { AuditStore } from '../audit/audit-row.ts';
import type { IdSource } from '../ids.ts';
import { type Clock, toTimestamp } from '../time.ts';
import type { HoldStore } from './hold-store.ts';

interface ReleaseHoldPorts {
  readonly holds: HoldStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Ends a hold before its time. Answers false, and writes nothing, when there is no such hold. */
const releaseHold = async (
  ports: ReleaseHoldPorts,
  request: { readonly holdId: string; readonly releasedBy: string; readonly reason: string },
): Promise<boolean> => {
  const released = await ports.holds.release(request.holdId);
  if (!released) return false;
  await ports.audit.record({
    auditId: ports.ids.uuid(),
    subject: `hold:${request.holdId}`,
    at: toTimestamp(ports.clock.now()),
    actor: request.releasedBy,
    action: 'release-hold',
    reason: request.reason,
    evidence: {},
  });
  return true;
};

export { releaseHold };
