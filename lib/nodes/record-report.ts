import type { AuditStore } from '../audit/audit-row.ts';
import type { CommandResult } from '../commands/command-result.ts';
import type { DeliveryPorts } from '../distribution/delivery-ports.ts';
import { recordCommandProgress, recordCommandResult } from '../distribution/record-command-result.ts';
import { assertNever, PermanentError } from '../errors.ts';
import { recordRot } from '../replication/record-rot.ts';
import { toTimestamp } from '../time.ts';
import type { WorkReport } from '../work/work-report.ts';
import type { Node } from './node.ts';
import type { NodeStore } from './node-store.ts';
import { recordArtifact, type UploadPorts } from './record-artifact.ts';
import { type HeartbeatPorts, recordHeartbeat } from './record-heartbeat.ts';
import { type InventoryPorts, recordInventory } from './record-inventory.ts';
import type { Report } from './report.ts';

interface ReportPorts
  extends DeliveryPorts,
    Omit<InventoryPorts, 'nodes'>,
    Pick<HeartbeatPorts, 'idleCriteria' | 'warn'>,
    Pick<UploadPorts, 'objects' | 'bucket'> {
  readonly nodes: NodeStore;
  readonly audit: AuditStore;
  /** What an agent says of work under a lease. */
  recordWork(node: Node, work: WorkReport, sentAt: Date): Promise<void>;
}

/** The node whose report counts. @throws PermanentError when it may not report (any more) */
const loadReporter = async ({ nodes }: ReportPorts, nodeId: string): Promise<Node> => {
  const node = await nodes.get(nodeId);
  if (node === undefined) {
    throw new PermanentError(`report of an unknown node ${nodeId}: it must enrol first`);
  }
  if (node.revokedAt !== undefined) {
    throw new PermanentError(`report of node ${nodeId}, which was revoked at ${node.revokedAt}`);
  }
  if (node.lifecycle === 'terminated') {
    throw new PermanentError(`report of node ${nodeId}, which ended at ${node.endedAt ?? 'an unknown time'}`);
  }
  return node;
};

/** Liveness and holdings are those of the boot that enrolled; an older boot's say nothing about the machine now. */
const checkBoot = (node: Node, { type, bootId, nodeId }: Report): void => {
  if (bootId !== node.bootId) {
    throw new PermanentError(
      `${type} of ${nodeId} comes from boot ${bootId}, but the node is bound to boot ${node.bootId}: from before a reboot, or from a second machine`,
    );
  }
};

/** An acknowledgement counts for this very drain and the boot that is bound; of any other it changes nothing. */
const recordDrainAnswer = async (
  { nodes }: ReportPorts,
  { nodeId }: Node,
  result: CommandResult,
  sentAt: Date,
): Promise<void> => {
  if (result.outcome !== 'succeeded' || result.commandType !== 'drain' || result.drain === undefined) return;
  const { bootId, ...acknowledgement } = result.drain;
  // An agent that does not say which boot promised cannot be held to it.
  if (bootId !== undefined) await nodes.acknowledgeDrain(nodeId, { ...acknowledgement, bootId }, sentAt);
};

/**
 * Takes a report whose sender is proven. Harmless when repeated, late or out of order.
 * @param sentAt SQS's SentTimestamp, the only clock that decides age
 * @throws PermanentError when the node may not report, or the report cannot be
 */
const recordReport = async (ports: ReportPorts, report: Report, sentAt: Date): Promise<void> => {
  const node = await loadReporter(ports, report.nodeId);
  switch (report.type) {
    case 'heartbeat':
      checkBoot(node, report);
      return recordHeartbeat(ports, node, report, sentAt);
    case 'inventory':
      checkBoot(node, report);
      await recordInventory(ports, node, report.inventory, sentAt);
      return undefined;
    // What an agent found or did before a reboot is still true: the command's own handle tells which attempt it was.
    case 'command-result':
      await recordDrainAnswer(ports, node, report.result, sentAt);
      return recordCommandResult(ports, report.nodeId, report.result, sentAt);
    case 'command-progress':
      return recordCommandProgress(ports, report.nodeId, report.progress, sentAt);
    // What is in the store is there whichever boot brought it.
    case 'artifact':
      return recordArtifact(ports, report.nodeId, report.artifact);
    case 'work':
      return ports.recordWork(node, report.work, sentAt);
    case 'rot':
      return recordRot(ports, report, sentAt);
    case 'termination-notice':
      return ports.audit.record({
        auditId: report.reportId,
        subject: `node:${report.nodeId}`,
        at: toTimestamp(sentAt),
        actor: report.nodeId,
        action: 'termination-notice',
        reason: report.notice.reason,
        evidence: {
          deadlineSeconds: report.notice.deadlineSeconds,
          bootId: report.bootId,
          ...(report.notice.leftBehind === undefined ? {} : { leftBehind: report.notice.leftBehind }),
        },
      });
    default:
      return assertNever(report);
  }
};

export type { ReportPorts };
export { recordReport };
