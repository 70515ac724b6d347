import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import type { Drain, Termination } from '../nodes/drain.ts';
import { mayLose } from '../nodes/may-lose.ts';
import type { Node } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import { announceDrain } from './begin-drain.ts';
import type { CycleReading } from './cycle-reading.ts';
import { type DrainDecision, decideDraining } from './decide-draining.ts';
import { priceOf } from './decide-idle.ts';
import { endDrain } from './end-drain.ts';
import { resolveIdlePolicy } from './idle-policy.ts';
import type { AppliedIdleSettings, IdlePorts, IdleReads } from './idle-ports.ts';
import type { IdleSubject } from './idle-snapshot.ts';
import { type Ledger, withTermination } from './ledger.ts';
import { loadPendingWork, loadView, orUndefined, subjectOf, viewOf } from './load-fleet.ts';

/** A heartbeat can come between the last read and the write. */
const MAX_TRIES = 3;

/** What happened to a draining node in this cycle. */
interface DrainStep {
  readonly decision: DrainDecision;
  /** The node as it is in `terminating`. */
  readonly terminating?: Node;
}

/** Whether nothing would be lost; undefined when that cannot be told. @param settings default: as they are now */
const askMayLose = async (
  ports: IdleReads,
  node: Node,
  settings?: AppliedIdleSettings,
): Promise<MayLoseDecision | undefined> => {
  const { digest } = (settings ?? (await ports.settings.current())).nodeConfiguration(node);
  return orUndefined(ports, `what ${node.nodeId} holds`, mayLose(ports, node.nodeId, digest));
};

interface SecondLook {
  readonly subject: IdleSubject;
  readonly drain: Drain;
  readonly decision: DrainDecision;
  /** The provider's ledger that the decision was made by. */
  readonly ledger: Ledger;
}

/** Re-reads everything that decides, strongly consistent, lists the provider once more, and decides again (invariants 1 to 4). */
const decideAgain = async (
  ports: IdlePorts,
  { fleet, listAgain }: CycleReading,
  nodeId: string,
  drainId: string,
): Promise<SecondLook | undefined> => {
  const before = await ports.nodes.get(nodeId);
  if (before === undefined) return undefined;
  const record = await listAgain(before.instanceId);
  // What follows is asked after this read: whatever changes the node in between fails the write on its revision.
  const node = await ports.nodes.get(nodeId);
  if (node?.lifecycle !== 'draining' || node.drain?.drainId !== drainId) return undefined;
  const records = new Map(fleet.records);
  if (record !== undefined) records.set(node.instanceId, record);
  const settings = await ports.settings.current();
  const mayLoseNow = await askMayLose(ports, node, settings);
  const pendingWork = await loadPendingWork(ports, node);
  const policy = resolveIdlePolicy(settings.idle, node);
  const others = await ports.nodes.listByProvider(ports.provider.key, ['active', 'draining', 'terminating']);
  const view = await loadView(ports, { nodes: others, records }, 'real', ports.clock.now());
  const subject = subjectOf(node, records, pendingWork);
  const decision = decideDraining(subject, node.drain, view, policy, mayLoseNow, ports.clock.now());
  return { subject, drain: node.drain, decision, ledger: view.ledger };
};

/**
 * `draining` → `terminating`. The slot becomes a termination of the ledger first, by one conditional write on what was decided by,
 * so that of two runs one goes on (invariant 4). Undefined when the node or the ledger changed since they were read.
 */
const beginTermination = async (
  { nodes, ledgers, provider, clock }: IdlePorts,
  { subject, drain, ledger }: SecondLook,
): Promise<Node | undefined> => {
  const { nodeId, revision } = subject.node;
  const now = clock.now();
  const requestedAt = toTimestamp(now);
  const price = priceOf(subject);
  const termination: Termination = {
    terminationId: drain.drainId,
    requestedAt,
    reason: drain.reason,
    abandonsData: false,
    attempts: 0,
    nextAttemptAt: requestedAt,
    ...(price === undefined ? {} : { microUsdPerHour: price }),
  };
  if (!(await ledgers.put(provider.key, 'real', withTermination(ledger, drain.drainId, nodeId, now))))
    return undefined;
  if (await nodes.beginTermination(nodeId, revision, termination)) return await nodes.get(nodeId);
  // Nothing ends now: the slot is what it was. Should this write fail, the drain keeps its slot and the window counts one too many.
  await ledgers.put(provider.key, 'real', { ...ledger, revision: ledger.revision + 1 });
  return undefined;
};

/** One look at a node that drains. */
const stepDraining = async (
  ports: IdlePorts,
  reading: CycleReading,
  node: Node,
  drain: Drain,
): Promise<DrainStep> => {
  const { fleet, around, ledger, settings } = reading;
  const now = ports.clock.now();
  const subject = subjectOf(node, fleet.records, await loadPendingWork(ports, node));
  if (drain.announcedAt === undefined) await announceDrain(ports, subject, drain, { repeated: true });
  const view = viewOf(fleet, around, ledger, 'real', now);
  const policy = resolveIdlePolicy(settings.idle, node);
  const first = decideDraining(subject, drain, view, policy, undefined, now);
  if (first.action === 'cancel') {
    // What it holds is what a person has to know.
    const risks = (await askMayLose(ports, node, settings))?.reasons ?? ['data-unknown'];
    await endDrain(ports, node, first.reason, [...first.evidence.blockers, ...risks]);
    return { decision: first };
  }
  if (first.reason !== 'data-unknown') return { decision: first };
  return (await endOrWait(ports, reading, node.nodeId, drain.drainId)) ?? { decision: first };
};

/** The second look, and what follows from it. Undefined when the node does not drain any more. */
const endOrWait = async (
  ports: IdlePorts,
  reading: CycleReading,
  nodeId: string,
  drainId: string,
  triesLeft = MAX_TRIES,
): Promise<DrainStep | undefined> => {
  const again = await decideAgain(ports, reading, nodeId, drainId);
  if (again === undefined) return undefined;
  const { decision } = again;
  if (decision.action === 'cancel')
    await endDrain(ports, again.subject.node, decision.reason, decision.evidence.blockers);
  if (decision.action !== 'terminate') return { decision };
  const terminating = await beginTermination(ports, again);
  if (terminating !== undefined) return { decision, terminating };
  // Most often a heartbeat came in between: all is read and decided anew, rather than a minute later.
  return triesLeft > 1 ? endOrWait(ports, reading, nodeId, drainId, triesLeft - 1) : { decision };
};

export type { DrainStep };
export { askMayLose, stepDraining };
