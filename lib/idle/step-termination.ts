import { derivedId } from '../ids.ts';
import type { Termination } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import type { TerminateOutcome } from '../providers/provider-port.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { PROMISE_MARGIN_SECONDS } from './decide-draining.ts';
import {
  ACCEPTED_SECONDS,
  backoffSeconds,
  decideTermination,
  type TerminationDecision,
} from './decide-termination.ts';
import { sendDrain } from './idle-commands.ts';
import type { IdlePorts } from './idle-ports.ts';
import { withTermination } from './ledger.ts';
import { type LoadedFleet, loadView, subjectOf } from './load-fleet.ts';
import { askMayLose } from './step-draining.ts';

/** A promise that is asked for anew lasts so long. */
const EXTENSION_SECONDS = 1800;

/** The slot becomes a termination of the window. A lost race is repaired by the next cycle: the slot counts as well meanwhile. */
const countTermination = async (ports: IdlePorts, node: Node, termination: Termination): Promise<void> => {
  const { key } = ports.provider;
  const ledger = await ports.ledgers.get(key, 'real');
  const { terminationId, requestedAt } = termination;
  const isCounted = ledger.terminations.some((one) => one.terminationId === terminationId);
  if (isCounted && ledger.pending[terminationId] === undefined) return;
  await ports.ledgers.put(
    key,
    'real',
    withTermination(ledger, terminationId, node.nodeId, new Date(requestedAt)),
  );
};

const aboutOf = ({ nodeId, provider, instanceId }: Node) => ({ nodeId, provider, instanceId });

/** Said once, before the first request: after a crash the next cycle says it again under the same ids. */
const announceTermination = async (
  { audit, publisher, actor }: IdlePorts,
  node: Node,
  termination: Termination,
): Promise<void> => {
  const { terminationId, requestedAt, reason, forcedBy, microUsdPerHour } = termination;
  await audit.record({
    auditId: derivedId('a', 'terminate-node', terminationId),
    subject: `node:${node.nodeId}`,
    at: requestedAt,
    actor,
    action: 'terminate-node',
    reason,
    evidence: { terminationId, instanceId: node.instanceId, drain: node.drain ?? null, termination },
  });
  await publisher.publish([
    {
      name: 'NodeTerminating',
      eventId: derivedId('e', 'NodeTerminating', terminationId),
      occurredAt: requestedAt,
      fields: {
        ...aboutOf(node),
        terminationId,
        reason,
        ...(forcedBy === undefined ? {} : { forcedBy }),
        ...(microUsdPerHour === undefined ? {} : { microUsdPerHour }),
      },
    },
  ]);
};

/** How the termination stands after the provider's answer. */
const afterAnswer = (termination: Termination, answer: TerminateOutcome, now: Date): Termination => {
  const attempts = termination.attempts + 1;
  const isAccepted = answer.outcome === 'accepted' || answer.outcome === 'gone-confirm';
  const waitSeconds = isAccepted
    ? ACCEPTED_SECONDS
    : Math.max(answer.retryAfterSeconds ?? 0, backoffSeconds(attempts));
  const { acceptedAt: _before, ...rest } = termination;
  return {
    ...rest,
    attempts,
    nextAttemptAt: toTimestamp(addSeconds(now, waitSeconds)),
    lastOutcome: answer.outcome,
    lastDetail: answer.detail.slice(0, 500),
    ...(isAccepted ? { acceptedAt: toTimestamp(now) } : {}),
  };
};

const announceStuck = async (
  { publisher }: IdlePorts,
  node: Node,
  { terminationId, requestedAt, attempts, lastDetail }: Termination,
  reason: string,
  now: Date,
): Promise<void> => {
  await publisher.publish([
    {
      name: 'NodeTerminationStuck',
      eventId: derivedId('e', 'NodeTerminationStuck', terminationId),
      occurredAt: toTimestamp(now),
      fields: {
        ...aboutOf(node),
        terminationId,
        requestedAt,
        attempts,
        reason,
        ...(lastDetail === undefined ? {} : { detail: lastDetail }),
      },
    },
  ]);
};

const extendPromise = async (ports: IdlePorts, { nodeId, drain }: Node, now: Date): Promise<void> => {
  if (drain === undefined) return;
  // In steps, so that repeats within one ask for the same.
  const step = EXTENSION_SECONDS * 1000;
  const until = new Date((Math.floor(now.getTime() / step) + 2) * step);
  const { acknowledgeBy: _passed, ...rest } = drain;
  const acknowledgeBy = toTimestamp(addSeconds(until, -PROMISE_MARGIN_SECONDS));
  await sendDrain(ports, nodeId, { ...rest, acknowledgeBy, drainUntil: toTimestamp(until) }, now);
};

/** One look at a node in `terminating`: says it, asks the brakes, asks the provider, notes the answer. */
const stepTermination = async (
  ports: IdlePorts,
  fleet: LoadedFleet,
  node: Node,
  termination: Termination,
): Promise<TerminationDecision> => {
  await countTermination(ports, node, termination);
  if (termination.announcedAt === undefined) await announceTermination(ports, node, termination);
  // Holds, brake and listing are read here and now, before every single request.
  const view = await loadView(ports, fleet, 'real', ports.clock.now());
  const subject = subjectOf(node, fleet.records);
  const decide = (mayLoseNow: Parameters<typeof decideTermination>[3]): TerminationDecision =>
    decideTermination(subject, termination, view, mayLoseNow, ports.clock.now());
  const first = decide(undefined);
  const decision = first.reason === 'data-unknown' ? decide(await askMayLose(ports, node)) : first;
  const now = ports.clock.now();
  let next: Termination = { ...termination, announcedAt: termination.announcedAt ?? toTimestamp(now) };
  if (decision.action === 'request')
    next = afterAnswer(next, await ports.provider.terminate(node.instanceId), ports.clock.now());
  if (decision.isStuck && next.stuckSaidAt === undefined) {
    await announceStuck(ports, node, next, decision.reason, now);
    next = { ...next, stuckSaidAt: toTimestamp(now) };
  }
  if (decision.extendPromise) await extendPromise(ports, node, now);
  const isChanged = JSON.stringify(next) !== JSON.stringify(termination);
  if (isChanged) await recordTermination(ports, node, next);
  return decision;
};

/** A heartbeat may have come since the node was read: the provider's answer is noted all the same. */
const recordTermination = async ({ nodes }: IdlePorts, node: Node, next: Termination): Promise<void> => {
  if (await nodes.recordTermination(node.nodeId, node.revision, next)) return;
  const latest = await nodes.get(node.nodeId);
  if (latest !== undefined) await nodes.recordTermination(node.nodeId, latest.revision, next);
};

export { stepTermination };
