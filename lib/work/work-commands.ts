import type { Command, RunCommand } from '../commands/command.ts';
import { derivedId } from '../ids.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import type { WorkItem } from './work-item.ts';
import { attemptOf } from './work-steps.ts';

type CancelCommand = Extract<Command, { type: 'cancel' }>;

/** A cancellation that came later would find another agent, or none. */
const CANCEL_DEADLINE_SECONDS = 600;

/** The command that starts the work under its lease. Its id is that of the lease: sent again, it is the same command. */
const runCommand = (item: WorkItem): RunCommand | undefined => {
  const { lease, workId, template, templateDigest, parameters, requires, campaignId } = item;
  if (lease === undefined) return undefined;
  return {
    schemaVersion: 1,
    commandId: derivedId('c', 'run', lease.token),
    nodeId: lease.nodeId,
    attempt: 1,
    issuedAt: lease.grantedAt,
    deadlineAt: lease.startBy,
    type: 'run',
    token: lease.token,
    workId,
    workAttempt: attemptOf(item),
    template,
    ...(templateDigest === undefined ? {} : { templateDigest }),
    parameters,
    requires,
    ...(campaignId === undefined ? {} : { campaignId }),
  };
};

/** The command that ends what runs under a token: somebody wants it ended, or the node has no lease for it. */
const cancelCommand = (
  { token, workId, nodeId }: { readonly token: string; readonly workId: string; readonly nodeId: string },
  reason: string,
  now: Date,
): CancelCommand => ({
  schemaVersion: 1,
  commandId: derivedId('c', 'cancel', token),
  nodeId,
  attempt: 1,
  issuedAt: toTimestamp(now),
  deadlineAt: toTimestamp(addSeconds(now, CANCEL_DEADLINE_SECONDS)),
  type: 'cancel',
  token,
  workId,
  reason,
});

export { cancelCommand, runCommand };
