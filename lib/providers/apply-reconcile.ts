import { TransientError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { Binding, Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { toTimestamp } from '../time.ts';
import type { InstanceStep } from './decide-instance.ts';
import type { ReconcileDecision } from './decide-reconcile.ts';
import { type EndCause, endNode } from './end-node.ts';
import { splitByMonth } from './meter.ts';
import type { ReconcilePorts } from './reconcile-ports.ts';

const PARALLEL_WRITES = 16;

const causeOf = ({ reason }: InstanceStep): EndCause =>
  reason === 'preempted' || reason === 'ended-by-provider' ? reason : 'gone';

const announceUnmanaged = async ({ publisher, clock }: ReconcilePorts, step: InstanceStep): Promise<void> => {
  const { instance, withoutNodeSince = '' } = step.record;
  const { provider, instanceId, status, name, chargeMicroUsdPerHour } = instance;
  await publisher.publish([
    {
      name: 'NodeUnmanaged',
      eventId: derivedId('e', 'NodeUnmanaged', provider, instanceId, withoutNodeSince),
      occurredAt: toTimestamp(clock.now()),
      fields: {
        provider,
        instanceId,
        status,
        withoutNodeSince,
        ...(name === undefined ? {} : { name }),
        ...(chargeMicroUsdPerHour === undefined ? {} : { microUsdPerHour: chargeMicroUsdPerHour }),
      },
    },
  ]);
};

/** The record last: after a crash the next cycle finds it as it was and repeats the rest, to the same effect. */
const applyStep = async (ports: ReconcilePorts, step: InstanceStep): Promise<void> => {
  const { record, expectedRevision, segment, endNodeId } = step;
  for (const piece of segment === undefined ? [] : splitByMonth(segment))
    await ports.instances.addSegment(piece);
  if (endNodeId !== undefined) await endNode(ports, endNodeId, causeOf(step));
  if (step.announceUnmanaged) await announceUnmanaged(ports, step);
  if (!(await ports.instances.put(record, expectedRevision)))
    throw new TransientError(
      `the record of ${record.instance.provider} ${record.instance.instanceId} changed meanwhile: another cycle ran over its lease; the next one tries again`,
    );
};

const revive = async (
  { nodes, publisher, audit, clock, actor }: ReconcilePorts,
  node: Node,
): Promise<void> => {
  // A change since then: the next cycle looks again.
  if (!(await nodes.revive(node.nodeId, node.revision))) return;
  const at = toTimestamp(clock.now());
  await audit.record({
    auditId: derivedId('a', 'revive-node', node.nodeId, at),
    subject: `node:${node.nodeId}`,
    at,
    actor,
    action: 'revive-node',
    reason: 'listed-again-and-speaks',
    before: { lifecycle: node.lifecycle },
    after: { lifecycle: 'active' },
    evidence: { endedAt: node.endedAt ?? null, heartbeatAt: node.heartbeatAt ?? null },
  });
  await publisher.publish([
    {
      name: 'NodeActivated',
      eventId: derivedId('e', 'NodeActivated', node.nodeId, node.revision),
      occurredAt: at,
      fields: { nodeId: node.nodeId },
    },
  ]);
};

/** A binding decides whether a node may ever be terminated: each change is a row, once, because it has the binding's own instant. */
const recordBinding = async (
  { nodes, audit, actor }: ReconcilePorts,
  node: Node,
  binding: Binding,
): Promise<void> => {
  // A heartbeat since the read makes this false: the next cycle, or the next try, writes it.
  if (!(await nodes.recordBinding(node.nodeId, node.revision, binding))) {
    const latest = await nodes.get(node.nodeId);
    if (latest === undefined || latest.bootId !== node.bootId) return;
    if (!(await nodes.recordBinding(node.nodeId, latest.revision, binding))) return;
  }
  await audit.record({
    auditId: derivedId('a', 'record-binding', node.nodeId, binding.at),
    subject: `node:${node.nodeId}`,
    at: binding.at,
    actor,
    action: 'record-binding',
    reason: binding.state,
    ...(node.binding === undefined ? {} : { before: node.binding }),
    after: binding,
    evidence: { provider: node.provider, instanceId: node.instanceId },
  });
};

/** Does what was decided. One bad item does not keep the others from being done; answers all errors. */
const applyReconcile = async (ports: ReconcilePorts, decision: ReconcileDecision): Promise<unknown[]> => [
  ...(await runLimited(decision.steps, PARALLEL_WRITES, (step) => applyStep(ports, step))),
  ...(await runLimited(decision.bindings, PARALLEL_WRITES, ({ node, binding }) =>
    recordBinding(ports, node, binding),
  )),
  ...(await runLimited(decision.revivals, PARALLEL_WRITES, (node) => revive(ports, node))),
  ...(await runLimited(decision.strays, PARALLEL_WRITES, ({ nodeId }) =>
    endNode(ports, nodeId, 'never-listed'),
  )),
];

export { applyReconcile };
