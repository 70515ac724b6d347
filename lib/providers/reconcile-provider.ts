import { throwCollected } from '../collected-errors.ts';
import { TransientError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { Lifecycle, Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { toTimestamp } from '../time.ts';
import { applyReconcile } from './apply-reconcile.ts';
import { decideReconcile, type ReconcileDecision } from './decide-reconcile.ts';
import type { Instance } from './instance.ts';
import type { InstanceRecord, NextRecord } from './instance-record.ts';
import { ProviderError } from './provider-error.ts';
import { listingTrust, type NextProviderState, type ProviderState } from './provider-state.ts';
import type { ReconcilePolicy } from './reconcile-policy.ts';
import type { ReconcilePorts } from './reconcile-ports.ts';
import { countInstances, summarizeSpend } from './summarize-instances.ts';

const LIVING: readonly Lifecycle[] = ['pending', 'active', 'draining', 'terminating'];
const PARALLEL_READS = 16;
const MAX_MESSAGE_CHARACTERS = 500;

interface ReconcileResult {
  readonly decision: ReconcileDecision;
  readonly state: NextProviderState;
}

const withoutRevision = (state: ProviderState): NextProviderState => {
  const { revision: _revision, ...rest } = state;
  return rest;
};

/** Notes a failed listing down and, once it makes the inventory stale, says so. What is known stays as it is. */
const recordFailure = async (
  { provider, states, instances, publisher }: ReconcilePorts,
  state: ProviderState | undefined,
  error: unknown,
  now: Date,
): Promise<void> => {
  const at = toTimestamp(now);
  const message = error instanceof Error ? error.message : String(error);
  const failure = {
    kind: error instanceof ProviderError ? error.kind : 'transient',
    message: message.slice(0, MAX_MESSAGE_CHARACTERS),
    since: state?.failure?.since ?? at,
  };
  const base: NextProviderState =
    state === undefined
      ? { provider: provider.key, attemptedAt: at, listingNumber: 0 }
      : withoutRevision(state);
  // What is known goes on costing, also for the budgets.
  const spend =
    state?.spend === undefined ? {} : { spend: summarizeSpend(await instances.list(provider.key), now) };
  await states.put({ ...base, ...spend, attemptedAt: at, failure }, state?.revision);
  const isNewlyStale = listingTrust(state, now) === 'stale' || state?.listedAt === undefined;
  if (!isNewlyStale) return;
  await publisher.publish([
    {
      name: 'ProviderListingStale',
      // Once per row of failures: repeats have the same id.
      eventId: derivedId('e', 'ProviderListingStale', provider.key, failure.since),
      occurredAt: at,
      fields: {
        provider: provider.key,
        kind: failure.kind,
        message: failure.message,
        failingSince: failure.since,
        ...(state?.listedAt === undefined ? {} : { listedAt: state.listedAt }),
      },
    },
  ]);
};

/** Nodes that ended, of listed instances that have no living node: they may speak again. */
const loadEndedNodes = async (
  { nodes }: ReconcilePorts,
  records: readonly InstanceRecord[],
  living: readonly Node[],
): Promise<Map<string, Node>> => {
  const livingIds = new Set(living.map(({ nodeId }) => nodeId));
  const ids = records.flatMap(({ nodeId }) =>
    nodeId === undefined || livingIds.has(nodeId) ? [] : [nodeId],
  );
  const found = new Map<string, Node>();
  const errors = await runLimited(ids, PARALLEL_READS, async (nodeId) => {
    const node = await nodes.get(nodeId);
    if (node !== undefined) found.set(nodeId, node);
  });
  throwCollected(errors, 'nodes that ended could not be read');
  return found;
};

/** The records as they are after the steps. */
const after = (records: readonly InstanceRecord[], decision: ReconcileDecision): NextRecord[] => {
  const byId = new Map<string, NextRecord>(records.map((record) => [record.instance.instanceId, record]));
  for (const { record } of decision.steps) byId.set(record.instance.instanceId, record);
  return [...byId.values()];
};

const nextState = (
  { provider }: ReconcilePorts,
  state: ProviderState | undefined,
  decision: ReconcileDecision,
  records: readonly NextRecord[],
  now: Date,
): NextProviderState => {
  const at = toTimestamp(now);
  const { action, reason, suspect } = decision.listing;
  const listedAt = action === 'believe' ? at : state?.listedAt;
  // A look too soon after the last one is none: the clock for the next goes on from the last.
  const completeAt = reason === 'too-soon-after-the-last' ? state?.completeAt : at;
  return {
    provider: provider.key,
    attemptedAt: at,
    listingNumber: decision.listingNumber,
    ...(listedAt === undefined ? {} : { listedAt }),
    ...(completeAt === undefined ? {} : { completeAt }),
    ...(suspect === undefined ? {} : { suspect }),
    counts: countInstances(records),
    spend: summarizeSpend(records, now),
  };
};

/** Says that a listing is held back, and that it is not any more: nodes are not ended by it while it is. */
const announceSuspect = async (
  { provider, publisher, audit, actor }: ReconcilePorts,
  before: ProviderState['suspect'],
  { suspect, attemptedAt }: NextProviderState,
  { reason, evidence }: ReconcileDecision['listing'],
): Promise<void> => {
  const begins = suspect !== undefined && suspect.since === attemptedAt;
  if (begins || (before !== undefined && suspect === undefined)) {
    await audit.record({
      auditId: derivedId('a', 'listing', provider.key, suspect?.since ?? before?.since ?? attemptedAt),
      subject: `provider:${provider.key}`,
      at: attemptedAt,
      actor,
      action: begins ? 'hold-back-listing' : 'believe-listing',
      reason,
      ...(before === undefined ? {} : { before }),
      ...(suspect === undefined ? {} : { after: suspect }),
      evidence,
    });
  }
  if (!begins) return;
  await publisher.publish([
    {
      name: 'ProviderListingSuspect',
      eventId: derivedId('e', 'ProviderListingSuspect', provider.key, suspect.since),
      occurredAt: attemptedAt,
      fields: {
        provider: provider.key,
        missing: suspect.missing,
        known: suspect.known,
        since: suspect.since,
      },
    },
  ]);
};

/**
 * One cycle of one provider: lists it, holds instances and nodes against each other, meters what they cost. A listing that
 * fails changes nothing but what is said about it.
 * @throws ProviderError as `listInstances` does
 * @throws TransientError at the end, with everything that failed: the next cycle tries again
 */
const reconcileProvider = async (
  ports: ReconcilePorts,
  policy: ReconcilePolicy,
): Promise<ReconcileResult> => {
  const { provider, nodes, instances, states, clock } = ports;
  const now = clock.now();
  const state = await states.get(provider.key);
  let listing: readonly Instance[];
  try {
    listing = await provider.listInstances();
  } catch (error) {
    await recordFailure(ports, state, error, now);
    throw error;
  }
  const [records, living] = await Promise.all([
    instances.list(provider.key),
    nodes.listByProvider(provider.key, LIVING),
  ]);
  const listedIds = new Set(listing.map(({ instanceId }) => instanceId));
  const listedRecords = records.filter(({ instance }) => listedIds.has(instance.instanceId));
  const endedNodes = await loadEndedNodes(ports, listedRecords, living);
  const decision = decideReconcile({ state, records, nodes: living, endedNodes }, listing, policy, now);
  const overtaken = (): TransientError =>
    new TransientError(`the state of ${provider.key} changed meanwhile: another cycle ran over its lease`);
  const before: NextProviderState = {
    ...(state === undefined
      ? { provider: provider.key, attemptedAt: toTimestamp(now) }
      : withoutRevision(state)),
    listingNumber: decision.listingNumber,
  };
  if (!(await states.put(before, state?.revision))) throw overtaken();
  const errors = await applyReconcile(ports, decision);
  const next = nextState(ports, state, decision, after(records, decision), now);
  await announceSuspect(ports, state?.suspect, next, decision.listing);
  if (!(await states.put(next, (state?.revision ?? 0) + 1))) errors.push(overtaken());
  throwCollected(errors, `the cycle of ${provider.key} is not complete`);
  return { decision, state: next };
};

export type { ReconcileResult };
export { LIVING, reconcileProvider };
