import { FUNCTIONS } from '../constants.ts';
import { derivedId } from '../ids.ts';
import { toTimestamp } from '../time.ts';
import type { Caller, EnrolmentPorts } from './enrolment-ports.ts';

/** Where a node runs, as far as it tells. */
interface Boot {
  readonly bootId: string;
  readonly sourceAddress?: string | undefined;
}

/**
 * Audits that a machine rebooted. Before the write: after it, a repeat of the call sees a node of which only the agent restarted,
 * and would say nothing.
 */
const recordRebind = (
  { audit, clock }: EnrolmentPorts,
  nodeId: string,
  before: Boot,
  after: Boot,
): Promise<void> =>
  audit.record({
    auditId: derivedId('a', 'rebind-node', nodeId, after.bootId),
    subject: `node:${nodeId}`,
    at: toTimestamp(clock.now()),
    actor: FUNCTIONS.enrollNode,
    action: 'rebind-node',
    reason: 'machine-rebooted',
    before: { bootId: before.bootId, sourceAddress: before.sourceAddress ?? null },
    after: { bootId: after.bootId, sourceAddress: after.sourceAddress ?? null },
    evidence: {},
  });

/** Audits that a machine whose answer was lost gets a new secret, which ends the one before. */
const recordReissue = (
  { audit, clock }: EnrolmentPorts,
  nodeId: string,
  { sourceAddress }: Caller,
): Promise<void> => {
  const at = toTimestamp(clock.now());
  return audit.record({
    auditId: derivedId('a', 'reissue-secret', nodeId, at),
    subject: `node:${nodeId}`,
    at,
    actor: FUNCTIONS.enrollNode,
    action: 'reissue-secret',
    reason: 'same-machine-and-token',
    evidence: { sourceAddress },
  });
};

export { recordRebind, recordReissue };
