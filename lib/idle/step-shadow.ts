import { derivedId } from '../ids.ts';
import type { ShadowDrain } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { type IdleDecision, priceOf } from './decide-idle.ts';
import { decideShadow, maturesAt, type ShadowDecision } from './decide-shadow.ts';
import type { IdlePolicy } from './idle-policy.ts';
import type { IdlePorts } from './idle-ports.ts';
import { groupOf, type IdleSubject } from './idle-snapshot.ts';
import { type Ledger, withoutSlots, withSlot, withTermination } from './ledger.ts';
import { askMayLose } from './step-draining.ts';

/** The one input that no shadow drain has: no agent is told, so none acknowledges. */
const ASSUMED = ['drain-acknowledged'];

const putLedger = async ({ ledgers, provider }: IdlePorts, ledger: Ledger): Promise<Ledger | undefined> =>
  (await ledgers.put(provider.key, 'shadow', ledger))
    ? { ...ledger, revision: ledger.revision + 1 }
    : undefined;

const start = async (
  ports: IdlePorts,
  subject: IdleSubject,
  policy: IdlePolicy,
  ledger: Ledger,
  now: Date,
): Promise<Ledger> => {
  const { nodeId } = subject.node;
  const drainId = derivedId('sd', nodeId, toTimestamp(now));
  const slot = { nodeId, group: groupOf(subject), takenAt: toTimestamp(now) };
  const taken = await putLedger(ports, withSlot(ledger, drainId, slot, now));
  if (taken === undefined) return ledger;
  const shadow = { drainId, startedAt: toTimestamp(now), maturesAt: maturesAt(policy, now) };
  await ports.nodes.putShadowDrain(nodeId, undefined, shadow);
  return taken;
};

const announceMatured = async (
  { audit, publisher, actor }: IdlePorts,
  subject: IdleSubject,
  { drainId, startedAt }: ShadowDrain,
  maturedAt: string,
): Promise<void> => {
  const { nodeId, provider, instanceId } = subject.node;
  const price = priceOf(subject);
  const money = price === undefined ? {} : { microUsdPerHour: price };
  await audit.record({
    auditId: derivedId('a', 'would-terminate-node', drainId),
    subject: `node:${nodeId}`,
    at: maturedAt,
    actor,
    action: 'would-terminate-node',
    reason: 'idle',
    evidence: { drainId, startedAt, provider, assumed: ASSUMED, ...money },
  });
  await publisher.publish([
    {
      name: 'NodeWouldBeTerminated',
      eventId: derivedId('e', 'NodeWouldBeTerminated', drainId),
      occurredAt: maturedAt,
      fields: { nodeId, provider, instanceId, drainId, assumed: ASSUMED, ...money },
    },
  ]);
};

/** Counts it as a termination of its own ledger, so that caps and gaps are those of the real path. */
const mature = async (
  ports: IdlePorts,
  subject: IdleSubject,
  shadow: ShadowDrain,
  ledger: Ledger,
  now: Date,
): Promise<Ledger> => {
  const { nodeId } = subject.node;
  const maturedAt = shadow.maturedAt ?? toTimestamp(now);
  if (shadow.maturedAt === undefined)
    await ports.nodes.putShadowDrain(nodeId, shadow.drainId, { ...shadow, maturedAt });
  await announceMatured(ports, subject, shadow, maturedAt);
  const counted = await putLedger(
    ports,
    withTermination(ledger, shadow.drainId, nodeId, new Date(maturedAt)),
  );
  await ports.nodes.putShadowDrain(nodeId, shadow.drainId, {
    ...shadow,
    maturedAt,
    announcedAt: toTimestamp(now),
  });
  return counted ?? ledger;
};

/** The row first: what was saved until now is counted from it. */
const end = async (
  ports: IdlePorts,
  { nodeId }: Node,
  shadow: ShadowDrain,
  reason: string,
  ledger: Ledger,
  now: Date,
): Promise<Ledger> => {
  if (shadow.maturedAt !== undefined)
    await ports.audit.record({
      auditId: derivedId('a', 'end-shadow-drain', shadow.drainId),
      subject: `node:${nodeId}`,
      at: toTimestamp(now),
      actor: ports.actor,
      action: 'end-shadow-drain',
      reason,
      evidence: {
        drainId: shadow.drainId,
        maturedAt: shadow.maturedAt,
        seconds: secondsSince(shadow.maturedAt, now),
      },
    });
  await ports.nodes.putShadowDrain(nodeId, shadow.drainId, undefined);
  return (await putLedger(ports, withoutSlots(ledger, [shadow.drainId], now))) ?? ledger;
};

/**
 * One look at a node in the mode `observe`, after `decideIdle` on the shadow ledger. Touches nothing but the shadow's own
 * attributes, its ledger, the audit and one event (invariant 6).
 * @returns the shadow ledger as it is now
 */
const stepShadow = async (
  ports: IdlePorts,
  subject: IdleSubject,
  decision: IdleDecision,
  policy: IdlePolicy,
  ledger: Ledger,
): Promise<{ readonly decision: ShadowDecision; readonly ledger: Ledger }> => {
  const now = ports.clock.now();
  const { node } = subject;
  const shadow = node.shadowDrain;
  const first = decideShadow(subject, decision, policy, undefined, now);
  const settled =
    first.reason === 'data-unknown'
      ? decideShadow(subject, decision, policy, await askMayLose(ports, node), now)
      : first;
  const after = async (): Promise<Ledger> => {
    if (settled.action === 'start') return start(ports, subject, policy, ledger, now);
    if (shadow === undefined) return ledger;
    if (settled.action === 'end') return end(ports, node, shadow, settled.reason, ledger, now);
    const isUnsaid = shadow.maturedAt !== undefined && shadow.announcedAt === undefined;
    return settled.action === 'mature' || isUnsaid ? mature(ports, subject, shadow, ledger, now) : ledger;
  };
  return { decision: settled, ledger: await after() };
};

export { stepShadow };
