import { throwCollected } from '../collected-errors.ts';
import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { secondsSince } from '../time.ts';
import { beginDrain } from './begin-drain.ts';
import { isFresh } from './check-idleness.ts';
import { type CycleReading, readCycle } from './cycle-reading.ts';
import { decideIdle, type IdleDecision, priceOf } from './decide-idle.ts';
import { announceDrainEnd, isStuckEnd } from './end-drain.ts';
import { configureNode, sendResume } from './idle-commands.ts';
import { type IdlePolicy, resolveIdlePolicy } from './idle-policy.ts';
import type { AppliedIdleSettings, IdlePorts, IdleReads } from './idle-ports.ts';
import type { FleetView, IdleSubject } from './idle-snapshot.ts';
import { type Ledger, pruned, withoutSlots, withoutTerminations } from './ledger.ts';
import type { LedgerKind } from './ledger-store.ts';
import { loadPendingWork, subjectOf, viewOf } from './load-fleet.ts';
import { stepDraining } from './step-draining.ts';
import { stepShadow } from './step-shadow.ts';
import { stepTermination } from './step-termination.ts';

/** Nodes that are told something side by side. */
const PARALLEL = 8;
/** A slot whose drain has not begun by then belongs to a cycle that died. */
const ORPHAN_SECONDS = 120;
/** A drain that was given up is alarmed for this long. */
const STUCK_SHOWN_SECONDS = 3600;

interface IdleCycle {
  readonly idle: number;
  readonly drainsPending: number;
  readonly stuckDrains: number;
  readonly stuckTerminations: number;
  readonly terminations: number;
  /** What the nodes that end, or would end, cost per hour. */
  readonly savingMicroUsdPerHour: number;
  /** How many nodes each reason keeps. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** The decision for one node; work is read only for those that nothing of higher rank keeps. */
const decideNode = async (
  ports: IdleReads,
  subject: IdleSubject,
  view: FleetView,
  policy: IdlePolicy,
  ownSlot?: string,
): Promise<{ subject: IdleSubject; decision: IdleDecision }> => {
  const now = ports.clock.now();
  const first = decideIdle(subject, view, policy, now, ownSlot);
  if (first.evidence.blockers.join() !== 'work-not-read') return { subject, decision: first };
  const read = { ...subject, pendingWork: await loadPendingWork(ports, subject.node) };
  return { subject: read, decision: decideIdle(read, view, policy, now, ownSlot) };
};

/** Slots of drains that never began and of drains that ended are given back, and so are terminations that were taken back. */
const freeOrphans = async (
  { ledgers, provider, clock }: IdlePorts,
  { at, fleet: { nodes } }: CycleReading,
  kind: LedgerKind,
): Promise<Ledger> => {
  const now = clock.now();
  const ledger = await ledgers.get(provider.key, kind);
  const living = new Set(nodes.flatMap(({ drain, shadowDrain }) => [drain?.drainId, shadowDrain?.drainId]));
  const orphans = Object.entries(ledger.pending).flatMap(([drainId, { takenAt }]) =>
    !living.has(drainId) && secondsSince(takenAt, at) > ORPHAN_SECONDS ? [drainId] : [],
  );
  const takenBack = new Set(
    nodes.flatMap(({ endedDrain }) => (endedDrain === undefined ? [] : [endedDrain.drainId])),
  );
  const freed = withoutTerminations(withoutSlots(ledger, orphans, now), takenBack);
  const isFreed = freed.terminations.length < pruned(ledger, now).terminations.length;
  if (orphans.length === 0 && !isFreed) return ledger;
  // Another run that writes it goes first, and this one's drains are refused by the revision.
  return (await ledgers.put(provider.key, kind, freed)) ? { ...freed, revision: freed.revision + 1 } : ledger;
};

/**
 * What an earlier cycle began to say, and what the agent does not know yet. One that is to end is configured, too: by the configuration
 * that holds it has to tell what would be lost.
 */
const tellNode = async (ports: IdlePorts, settings: AppliedIdleSettings, node: Node): Promise<void> => {
  const { endedDrain, heartbeat, heartbeatSeq = 0, drain, lifecycle } = node;
  const isActive = lifecycle === 'active';
  const now = ports.clock.now();
  if (isActive && endedDrain !== undefined && endedDrain.announcedAt === undefined)
    await announceDrainEnd(ports, node, endedDrain);
  else if (isActive && drain === undefined && heartbeat?.drain !== undefined && isFresh(node, now))
    // It still keeps the promise of a drain that is over.
    await sendResume(ports, node.nodeId, heartbeat.drain, heartbeatSeq, now);
  await configureNode(ports, node, settings.nodeConfiguration(node), now);
};

/** Drains what is surely idle, the most expensive first; each takes its slot before the next one is looked at. */
const drainIdle = async (
  ports: IdlePorts,
  reading: CycleReading,
  count: (decision: IdleDecision) => void,
): Promise<void> => {
  const { settings, fleet, around } = reading;
  const viewBy = (ledger: Ledger, kind: LedgerKind, nodes = fleet.nodes): FleetView =>
    viewOf({ ...fleet, nodes }, around, ledger, kind, ports.clock.now());
  let staying = fleet.nodes;
  let view = viewBy(await freeOrphans(ports, reading, 'real'), 'real');
  let shadow = viewBy(await freeOrphans(ports, reading, 'shadow'), 'shadow');
  const subjects = fleet.nodes
    .filter(({ lifecycle }) => lifecycle === 'active')
    .map((node) => subjectOf(node, fleet.records))
    .sort((one, other) => (priceOf(other) ?? 0) - (priceOf(one) ?? 0));
  for (const unread of subjects) {
    const policy = resolveIdlePolicy(settings.idle, unread.node);
    const shadowId = unread.node.shadowDrain?.drainId;
    if (policy.mode === 'enforce' && shadowId === undefined) {
      const { subject, decision } = await decideNode(ports, unread, view, policy);
      count(decision);
      if (decision.action !== 'drain') continue;
      const { ledger } = await beginDrain(ports, subject, policy, view.ledger, decision);
      // It is no node that stays, whether its drain began or somebody was faster; it is one of the provider's all the same.
      staying = staying.filter(({ nodeId }) => nodeId !== subject.node.nodeId);
      view = { ...viewBy(ledger, 'real', staying), size: view.size };
      continue;
    }
    const { subject, decision } = await decideNode(ports, unread, shadow, policy, shadowId);
    count(decision);
    const step = await stepShadow(ports, subject, decision, policy, shadow.ledger);
    if (step.ledger !== shadow.ledger) shadow = viewBy(step.ledger, 'shadow');
  }
};

/**
 * One cycle of one provider: finishes what is terminating, looks at what drains, tells agents what they must know, and drains what is
 * surely idle. Every step resumes from the node item; one node that fails does not keep the others from being handled.
 * @throws TransientError at the end, with everything that failed: the next cycle tries again
 */
const shutDownIdle = async (ports: IdlePorts): Promise<IdleCycle> => {
  const reading = await readCycle(ports);
  const { settings, fleet } = reading;
  const now = ports.clock.now();
  const errors: unknown[] = [];
  const reasons: Record<string, number> = {};
  const note = (reason: string): void => {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  };
  let stuckTerminations = 0;
  let savingMicroUsdPerHour = 0;
  const terminate = async (node: Node): Promise<void> => {
    if (node.termination === undefined) return;
    const decision = await stepTermination(ports, reading, node.nodeId);
    if (decision === undefined) return;
    note(`terminating:${decision.reason}`);
    stuckTerminations += decision.isStuck ? 1 : 0;
    savingMicroUsdPerHour += node.termination.microUsdPerHour ?? 0;
  };
  const of = (lifecycle: Node['lifecycle']): Node[] =>
    fleet.nodes.filter((node) => node.lifecycle === lifecycle);
  // One after another: each asks the same provider, and may take the same ledger's slot.
  errors.push(...(await runLimited(of('terminating'), 1, terminate)));
  errors.push(
    ...(await runLimited(of('draining'), 1, async (node) => {
      if (node.drain === undefined) return;
      const { decision, terminating } = await stepDraining(ports, reading, node, node.drain);
      note(`draining:${decision.reason}`);
      if (terminating !== undefined) await terminate(terminating);
    })),
  );
  errors.push(...(await runLimited(fleet.nodes, PARALLEL, (node) => tellNode(ports, settings, node))));
  let idle = 0;
  const count = (decision: IdleDecision): void => {
    note(decision.reason);
    idle += decision.action === 'drain' ? 1 : 0;
  };
  errors.push(...(await runLimited([reading], 1, (read) => drainIdle(ports, read, count))));
  throwCollected(errors, `the idle cycle of ${ports.provider.key} is not complete`);
  return {
    idle,
    drainsPending: of('draining').length,
    stuckDrains: of('active').filter(
      ({ endedDrain }) =>
        endedDrain !== undefined &&
        isStuckEnd(endedDrain) &&
        secondsSince(endedDrain.endedAt, now) < STUCK_SHOWN_SECONDS,
    ).length,
    stuckTerminations,
    terminations: of('terminating').length,
    savingMicroUsdPerHour,
    reasons,
  };
};

export type { IdleCycle };
export { decideNode, shutDownIdle };
