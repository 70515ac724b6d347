import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import type { Node } from '../nodes/node.ts';
import type { ProviderState } from '../providers/provider-state.ts';
import { type DrainDecision, decideDraining } from './decide-draining.ts';
import { decideIdle, type IdleDecision, priceOf } from './decide-idle.ts';
import { decideShadow, type ShadowDecision } from './decide-shadow.ts';
import { decideTermination, type TerminationDecision } from './decide-termination.ts';
import { explainIdleSetting, type IdlePolicy, resolveIdlePolicy } from './idle-policy.ts';
import type { IdleReads } from './idle-ports.ts';
import type { IdleCheck } from './idle-reason.ts';
import type { IdleConfig } from './idle-settings.ts';
import type { FleetView, IdleSubject } from './idle-snapshot.ts';
import { loadFleet, loadPendingWork, loadView, subjectOf } from './load-fleet.ts';
import { REASON_MEANINGS } from './reason-meanings.ts';
import { askMayLose } from './step-draining.ts';

/** The decision that stands for the node now, by what is going on with it. */
type StandingDecision =
  | { readonly stage: 'idle'; readonly decision: IdleDecision }
  | { readonly stage: 'shadow'; readonly decision: ShadowDecision }
  | { readonly stage: 'draining'; readonly decision: DrainDecision }
  | { readonly stage: 'terminating'; readonly decision: TerminationDecision };

/** A check, and where its limit is written: `built-in`, or a path in fleet.yaml. */
interface ExplainedCheck extends IdleCheck {
  readonly from?: string;
}

type NodeExplanation = StandingDecision & {
  readonly node: Node;
  readonly policy: IdlePolicy;
  /** Undefined: the provider does not tell. */
  readonly microUsdPerHour: number | undefined;
  readonly checks: readonly ExplainedCheck[];
  /** Why its provider's last listing failed; undefined: it did not, or that could not be read. */
  readonly listingFailure: ProviderState['failure'];
  /** What would be lost with the node; undefined when that could not be read. */
  readonly mayLose: MayLoseDecision | undefined;
};

const aboutOf = (subject: IdleSubject, { state }: FleetView) => ({
  microUsdPerHour: priceOf(subject),
  listingFailure: state?.failure,
});

/** As `shut-down-idle` sees it when the provider does not answer. */
const withoutListing = ({ record, ...subject }: IdleSubject): IdleSubject => ({
  ...subject,
  record: record === undefined ? undefined : { ...record, misses: record.misses + 1 },
});

const withOrigin = (idle: IdleConfig, node: Node, one: IdleCheck): ExplainedCheck => {
  const { setting } = REASON_MEANINGS[one.reason];
  return setting === undefined ? one : { ...one, from: explainIdleSetting(idle, node, setting).from };
};

/** The step that the next cycle would take, from one reading of everything. */
const decideStanding = async (
  ports: IdleReads,
  node: Node,
  policy: IdlePolicy,
  mayLose: MayLoseDecision | undefined,
): Promise<StandingDecision & Pick<NodeExplanation, 'microUsdPerHour' | 'listingFailure'>> => {
  const fleet = await loadFleet(ports);
  const subject = subjectOf(node, fleet.records, await loadPendingWork(ports, node));
  const now = ports.clock.now();
  const { drain, shadowDrain, termination, lifecycle } = node;
  if (lifecycle === 'terminating' && termination !== undefined) {
    const view = await loadView(ports, fleet, 'real', now);
    const decision = decideTermination(subject, termination, view, policy, mayLose, now);
    return { stage: 'terminating', decision, ...aboutOf(subject, view) };
  }
  if (lifecycle === 'draining' && drain !== undefined) {
    const view = await loadView(ports, fleet, 'real', now);
    const about = aboutOf(subject, view);
    // The cycle lists its provider once more before it ends the node, which nobody else may: that would fail again.
    const listed = about.listingFailure === undefined ? subject : withoutListing(subject);
    const decision = decideDraining(listed, drain, view, policy, mayLose, now);
    return { stage: 'draining', decision, ...about };
  }
  const isReal = policy.mode === 'enforce' && shadowDrain === undefined;
  const view = await loadView(ports, fleet, isReal ? 'real' : 'shadow', now);
  const decision = decideIdle(subject, view, policy, now, shadowDrain?.drainId);
  const about = aboutOf(subject, view);
  return shadowDrain === undefined
    ? { stage: 'idle', decision, ...about }
    : { stage: 'shadow', decision: decideShadow(subject, decision, policy, mayLose, now), ...about };
};

/**
 * Why the node is kept, drains or ends: the decisions of `shut-down-idle` on what they are made from, without an act and without
 * asking the provider. Every predicate is looked at, also when an earlier one blocks already.
 */
const explainNode = async (ports: IdleReads, node: Node): Promise<NodeExplanation> => {
  const { idle } = await ports.settings.current();
  const policy = resolveIdlePolicy(idle, node);
  const mayLose = await askMayLose(ports, node);
  const standing = await decideStanding(ports, node, policy, mayLose);
  const checks = standing.decision.evidence.checks.map((one) => withOrigin(idle, node, one));
  return { ...standing, node, policy, checks, mayLose };
};

export type { ExplainedCheck, NodeExplanation };
export { explainNode };
