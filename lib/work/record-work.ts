import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import { InvariantError, TransientError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import { runLimited } from '../run-limited.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import type { Wait } from '../wait.ts';
import { decideReport, type ReportDecision } from './decide-report.ts';
import { LEASE_SECONDS } from './lease-times.ts';
import { type SettlePorts, settleLease } from './settle-lease.ts';
import { changeWork, tellWork } from './tell-work.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkReport } from './work-report.ts';
import type { WorkStore } from './work-store.ts';

interface RecordWorkPorts extends SettlePorts {
  readonly nodes: Pick<NodeStore, 'releaseLease' | 'renewLease'>;
  readonly work: Pick<WorkStore, 'get' | 'replace' | 'putDetails' | 'markTold'>;
  readonly artifacts: Pick<ArtifactStore, 'get'>;
  readonly audit: Pick<AuditStore, 'record'>;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly actor: string;
}

/** A sweep or a command of an operator can come between the read and the write. */
const MAX_TRIES = 4;
/** The reports of its uploads were sent before: they are being taken at the same time, or will be in a moment. */
const OUTPUT_CHECKS = 8;
const OUTPUT_CHECK_MILLISECONDS = 400;
const PARALLEL_OUTPUTS = 8;

/** The outputs that have no verified copy in the store. */
const missingOutputs = async (
  { artifacts }: RecordWorkPorts,
  outputs: readonly string[],
): Promise<string[]> => {
  const missing: string[] = [];
  const [error] = await runLimited(outputs, PARALLEL_OUTPUTS, async (artifactId) => {
    const artifact = await artifacts.get(artifactId);
    if (artifact?.storeReplica === undefined) missing.push(artifactId);
  });
  if (error !== undefined) throw error;
  return missing;
};

/**
 * "Done" includes that the data is safe.
 * @throws TransientError while it is not: SQS brings the report again, and until then nobody else shall do the work
 */
const checkOutputs = async (
  ports: RecordWorkPorts,
  nodeId: string,
  { workId, token, outputs }: Extract<WorkReport, { state: 'succeeded' }>,
): Promise<void> => {
  let missing = await missingOutputs(ports, outputs);
  for (let checks = 1; missing.length > 0 && checks < OUTPUT_CHECKS; checks += 1) {
    await ports.wait(OUTPUT_CHECK_MILLISECONDS);
    missing = await missingOutputs(ports, missing);
  }
  if (missing.length === 0) return;
  await ports.nodes.renewLease(nodeId, token, addSeconds(ports.clock.now(), LEASE_SECONDS));
  throw new TransientError(
    `${missing.length} of ${outputs.length} outputs of ${workId} are not in the store yet, ${missing[0]} is one: its upload is reported by itself`,
  );
};

const putDetails = async (
  { work }: RecordWorkPorts,
  report: WorkReport,
  item: WorkItem,
  sentAt: Date,
): Promise<void> => {
  if (item.lease?.token !== report.token || report.state === 'started') return;
  if (report.state === 'released' && report.logTail === undefined) return;
  await work.putDetails(report.workId, {
    token: report.token,
    at: toTimestamp(sentAt),
    logTail: report.logTail ?? '',
    outputs: report.state === 'succeeded' ? report.outputs : [],
  });
};

/** What follows from what was written; done again for a repeat, for a crash may have come in between. */
const follow = (ports: RecordWorkPorts, report: WorkReport, item: WorkItem): Promise<void> =>
  report.state === 'started' ? tellWork(ports, item) : settleLease(ports, item);

const refuse = async (
  { audit, actor }: RecordWorkPorts,
  nodeId: string,
  report: WorkReport,
  decision: Extract<ReportDecision, { action: 'refuse' }>,
  sentAt: Date,
): Promise<void> =>
  audit.record({
    auditId: derivedId('a', 'refuse-work-report', nodeId, report.token, report.state),
    subject: `work:${report.workId}`,
    at: toTimestamp(sentAt),
    actor,
    action: 'refuse-work-report',
    reason: decision.reason,
    evidence: { nodeId, state: report.state, attempt: report.attempt, message: decision.evidence.message },
  });

/**
 * Takes what an agent says of work under a lease. The order of writes, each of which may be repeated:
 *
 *   1. the details         the log and the outputs; of the last attempt that said something
 *   2. the work item       decides: one conditional write on its revision, with what is to be told of it
 *   3. the node's lease    frees the slot, and counts the failure of the node
 *   4. the event           then the mark that it was told
 *
 * A crash after any of them is mended by the report's redelivery, which finds itself in the item, or by the sweep.
 * @param nodeId the sender, as SQS proved it
 * @param sentAt SQS's SentTimestamp
 * @returns what was decided. A refused report is audited and done: a late completer changes nothing
 * @throws TransientError while an output is not in the store, or others keep changing the item
 */
const recordWork = async (
  ports: RecordWorkPorts,
  nodeId: string,
  report: WorkReport,
  sentAt: Date,
): Promise<ReportDecision> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const item = await ports.work.get(report.workId);
    const decision = decideReport(item, nodeId, report, sentAt);
    if (decision.action === 'refuse') {
      await refuse(ports, nodeId, report, decision, sentAt);
      return decision;
    }
    const { next } = decision.evidence;
    if (decision.action === 'repeat') {
      await follow(ports, report, next);
      return decision;
    }
    if (item === undefined) throw new InvariantError(`${report.workId} is not there, and yet to be changed`);
    if (report.state === 'succeeded' && decision.reason === 'succeeded')
      await checkOutputs(ports, nodeId, report);
    await putDetails(ports, report, item, sentAt);
    const written = await changeWork(ports, item, next);
    if (written === undefined) continue;
    await follow(ports, report, written);
    return decision;
  }
  throw new TransientError(`${report.workId} changed ${MAX_TRIES} times meanwhile: the report comes back`);
};

export type { RecordWorkPorts };
export { recordWork };
