import type { AuditStore } from '../audit/audit-row.ts';
import { PermanentError, TransientError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import type { Termination } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import { toTimestamp } from '../time.ts';
import { decideForce, type ForceDecision } from './decide-force.ts';
import { priceOf } from './decide-idle.ts';
import type { IdleReads } from './idle-ports.ts';
import { orUndefined } from './load-fleet.ts';
import { askMayLose } from './step-draining.ts';

/** A heartbeat every 30 s can come between the read and the write. */
const MAX_TRIES = 4;

interface ForcePorts extends Omit<IdleReads, 'nodes'> {
  readonly nodes: IdleReads['nodes'] & Pick<NodeStore, 'beginTermination' | 'recordTermination'>;
  readonly audit: Pick<AuditStore, 'record'>;
  readonly ids: IdSource;
}

interface ForceRequest {
  readonly nodeId: string;
  /** The person's words. */
  readonly reason: string;
  /** The caller's ARN. */
  readonly forcedBy: string;
  /** What is not in the store may go. */
  readonly abandonsData: boolean;
}

interface ForceAssessment {
  readonly node: Node;
  readonly decision: ForceDecision;
  readonly mayLose: MayLoseDecision | undefined;
}

/** Whether the node may be ended so, and what would be lost with it, read anew. @throws PermanentError when there is no such node */
const assessForce = async (
  ports: Omit<IdleReads, 'provider'>,
  { nodeId, abandonsData }: Pick<ForceRequest, 'nodeId' | 'abandonsData'>,
): Promise<ForceAssessment> => {
  const node = await ports.nodes.get(nodeId);
  if (node === undefined) throw new PermanentError(`there is no node ${nodeId}`);
  const reads = { ...ports, provider: { key: node.provider } };
  const [holds, mayLose] = await Promise.all([
    orUndefined(reads, 'the holds', ports.holds.listLive(ports.clock.now())),
    askMayLose(reads, node),
  ]);
  return { node, decision: decideForce(node, holds, mayLose, abandonsData), mayLose };
};

/** A termination that goes on keeps its id and what was asked; its next request is due. Undefined when the node changed meanwhile. */
const writeForced = async (
  { nodes }: Pick<ForcePorts, 'nodes'>,
  { nodeId, revision, termination: before }: Node,
  forced: Termination,
): Promise<Termination | undefined> => {
  if (before === undefined)
    return (await nodes.beginTermination(nodeId, revision, forced)) ? forced : undefined;
  const { reason, forcedBy, abandonsData, nextAttemptAt } = forced;
  const next = { ...before, reason, forcedBy, abandonsData, nextAttemptAt };
  return (await nodes.recordTermination(nodeId, revision, next)) ? next : undefined;
};

/**
 * Writes the end of the node past its drain: `shut-down-idle` asks the provider within a minute, after the brakes once more. The audit
 * row comes first: an end that nobody can explain is worse than a row without an end.
 * @returns what stood in the way, or the termination
 * @throws TransientError when the node changed again and again
 */
const forceTermination = async (
  ports: ForcePorts,
  request: ForceRequest,
): Promise<ForceAssessment & { readonly termination?: Termination }> => {
  const { nodeId, forcedBy, reason, abandonsData } = request;
  const newId = `t-${ports.ids.bytes(12).toString('hex')}`;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const assessment = await assessForce(ports, request);
    const { node, decision, mayLose } = assessment;
    if (decision.action === 'refuse') return assessment;
    const terminationId = node.termination?.terminationId ?? newId;
    const requestedAt = toTimestamp(ports.clock.now());
    const records = await ports.instances.list(node.provider);
    const price = priceOf({
      record: records.find(({ instance }) => instance.instanceId === node.instanceId),
    });
    const termination: Termination = {
      terminationId,
      requestedAt,
      reason: 'forced',
      forcedBy,
      abandonsData,
      attempts: 0,
      nextAttemptAt: requestedAt,
      ...(price === undefined ? {} : { microUsdPerHour: price }),
    };
    await ports.audit.record({
      auditId: `${newId}-${tries}`,
      subject: `node:${nodeId}`,
      at: requestedAt,
      actor: forcedBy,
      action: 'force-termination',
      reason,
      evidence: { terminationId, abandonsData, lifecycle: node.lifecycle, mayLose: mayLose ?? null },
    });
    const written = await writeForced(ports, node, termination);
    if (written !== undefined) return { ...assessment, termination: written };
  }
  throw new TransientError(
    `node ${nodeId} changed ${MAX_TRIES} times while its end was written: look at it and try again`,
  );
};

export type { ForceAssessment, ForcePorts, ForceRequest };
export { assessForce, forceTermination };
