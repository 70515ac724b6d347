import { TransientError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { Drain } from '../nodes/drain.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { PROMISE_MARGIN_SECONDS } from './decide-draining.ts';
import { type IdleDecision, priceOf } from './decide-idle.ts';
import { sendDrain } from './idle-commands.ts';
import type { IdlePolicy } from './idle-policy.ts';
import type { IdlePorts } from './idle-ports.ts';
import { groupOf, type IdleSubject } from './idle-snapshot.ts';
import { type Ledger, withoutSlots, withSlot } from './ledger.ts';

/** Time to request the end within the agent's promise, once it acknowledged at the last moment. */
const REQUEST_SECONDS = 300;

/** A drain of the node that would start now. Its id follows from node and epoch, so that two runs cannot make two. */
const planDrain = ({ node }: IdleSubject, policy: IdlePolicy, now: Date): Drain => {
  const epoch = node.drainEpoch + 1;
  const acknowledgeBy = addSeconds(now, Math.max(policy.acknowledgeSeconds, policy.drainPeriodSeconds));
  return {
    drainId: derivedId('dr', node.nodeId, epoch),
    epoch,
    startedAt: toTimestamp(now),
    acknowledgeBy: toTimestamp(acknowledgeBy),
    drainUntil: toTimestamp(addSeconds(acknowledgeBy, REQUEST_SECONDS + PROMISE_MARGIN_SECONDS)),
    reason: 'idle',
    work: policy.leasesOnDrain,
  };
};

/** Tells the agent and everybody else; the mark is written last, so that a crash repeats all of it under the same ids. */
const announceDrain = async (
  ports: IdlePorts,
  subject: IdleSubject,
  drain: Drain,
  evidence: Record<string, unknown>,
): Promise<void> => {
  const { node } = subject;
  const { nodeId, provider, instanceId, idleClock } = node;
  const now = ports.clock.now();
  const price = priceOf(subject);
  await sendDrain(ports, nodeId, drain, now);
  await ports.audit.record({
    auditId: derivedId('a', 'drain-node', drain.drainId),
    subject: `node:${nodeId}`,
    at: drain.startedAt,
    actor: ports.actor,
    action: 'drain-node',
    reason: drain.reason,
    evidence: { drainId: drain.drainId, epoch: drain.epoch, drainUntil: drain.drainUntil, ...evidence },
  });
  await ports.publisher.publish([
    {
      name: 'NodeDrainStarted',
      eventId: derivedId('e', 'NodeDrainStarted', drain.drainId),
      occurredAt: drain.startedAt,
      fields: {
        nodeId,
        provider,
        instanceId,
        drainId: drain.drainId,
        epoch: drain.epoch,
        drainUntil: drain.drainUntil,
        ...(idleClock?.idleSince === undefined ? {} : { idleSince: idleClock.idleSince }),
        ...(price === undefined ? {} : { microUsdPerHour: price }),
      },
    },
  ]);
  await ports.nodes.markDrainAnnounced(nodeId, drain.drainId, now);
};

/**
 * Takes the slot in the ledger, then the node item, then tells. A crash after the first leaves a slot of no drain, which the next
 * cycles give back; after the second a drain that nobody was told of, which the next cycle tells.
 * @returns the ledger as it is now, and whether the drain began
 * @throws TransientError when another run wrote the ledger meanwhile
 */
const beginDrain = async (
  ports: IdlePorts,
  subject: IdleSubject,
  policy: IdlePolicy,
  ledger: Ledger,
  decision: IdleDecision,
): Promise<{ readonly began: boolean; readonly ledger: Ledger }> => {
  const { node } = subject;
  const now = ports.clock.now();
  const drain = planDrain(subject, policy, now);
  const { key } = ports.provider;
  const slot = { nodeId: node.nodeId, group: groupOf(subject), takenAt: drain.startedAt };
  const taken = withSlot(ledger, drain.drainId, slot, now);
  if (!(await ports.ledgers.put(key, 'real', taken)))
    throw new TransientError(`the ledger of ${key} changed meanwhile: the next cycle looks again`);
  const held = { ...taken, revision: taken.revision + 1 };
  if (await ports.nodes.beginDrain(node.nodeId, node.revision, drain)) {
    await announceDrain(ports, subject, drain, { checks: decision.evidence.checks });
    return { began: true, ledger: held };
  }
  // A heartbeat, a lease or a person was faster.
  const free = withoutSlots(held, [drain.drainId], now);
  const isGivenBack = await ports.ledgers.put(key, 'real', free);
  return { began: false, ledger: isGivenBack ? { ...free, revision: free.revision + 1 } : held };
};

export { announceDrain, beginDrain };
