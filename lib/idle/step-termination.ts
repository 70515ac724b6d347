import { TransientError } from '../errors.ts';
import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import type { Termination } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import type { TerminateOutcome } from '../providers/provider-port.ts';
import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import { announceStuck, announceTermination } from './announce-termination.ts';
import type { CycleReading } from './cycle-reading.ts';
import { PROMISE_MARGIN_SECONDS } from './decide-draining.ts';
import {
  ACCEPTED_SECONDS,
  backoffSeconds,
  decideTermination,
  hasAccepted,
  type TerminationDecision,
} from './decide-termination.ts';
import { endDrain } from './end-drain.ts';
import { sendDrain } from './idle-commands.ts';
import { resolveIdlePolicy } from './idle-policy.ts';
import type { AppliedIdleSettings, IdlePorts } from './idle-ports.ts';
import type { Surroundings } from './idle-snapshot.ts';
import { WINDOW_SECONDS, withTermination } from './ledger.ts';
import { loadSurroundings, subjectOf } from './load-fleet.ts';
import { askMayLose } from './step-draining.ts';

/** A heartbeat every 30 s can come between the read and the write; twice in a row it does not. */
const MAX_TRIES = 4;
/** A promise that is asked for anew lasts so long. */
const EXTENSION_SECONDS = 1800;

/**
 * Counts one that no drain's slot became: a person forced it.
 * @throws TransientError when another run wrote the ledger meanwhile: nothing is asked of the provider that the window does not count
 */
const countTermination = async (ports: IdlePorts, node: Node, termination: Termination): Promise<void> => {
  const { key } = ports.provider;
  const ledger = await ports.ledgers.get(key, 'real');
  const { terminationId, requestedAt } = termination;
  const isCounted = ledger.terminations.some((one) => one.terminationId === terminationId);
  // One that takes longer than the window has left it.
  if (isCounted || secondsSince(requestedAt, ports.clock.now()) >= WINDOW_SECONDS) return;
  const counted = withTermination(ledger, terminationId, node.nodeId, new Date(requestedAt));
  if (!(await ports.ledgers.put(key, 'real', counted)))
    throw new TransientError(`the ledger of ${key} changed meanwhile: the next cycle looks again`);
};

/** After these answers the request certainly does nothing. */
const SURELY_NOT: ReadonlySet<TerminateOutcome['outcome']> = new Set([
  'auth-failure',
  'rate-limited',
  'refused',
]);

/** How the termination stands after the provider's answer. @param before as it was before the attempt was claimed */
const afterAnswer = (
  before: Termination,
  claimed: Termination,
  answer: TerminateOutcome,
  now: Date,
): Termination => {
  const { attempts } = claimed;
  const isAccepted = hasAccepted(answer.outcome);
  const waitSeconds = isAccepted
    ? ACCEPTED_SECONDS
    : Math.max(answer.retryAfterSeconds ?? 0, backoffSeconds(attempts));
  const { unsureUntil } = SURELY_NOT.has(answer.outcome) ? before : claimed;
  const { unsureUntil: _claimed, ...rest } = claimed;
  return {
    ...rest,
    ...(unsureUntil === undefined ? {} : { unsureUntil }),
    nextAttemptAt: toTimestamp(addSeconds(now, waitSeconds)),
    lastOutcome: answer.outcome,
    lastDetail: answer.detail.slice(0, 500),
    ...(isAccepted ? { acceptedAt: claimed.acceptedAt ?? toTimestamp(now) } : {}),
  };
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

/**
 * The attempt is noted before it is made: a run beside this one, or a sign of life since the node was read, stops it here, and a crash
 * leaves a request that may take effect.
 */
const claimAttempt = async (
  { nodes }: IdlePorts,
  { nodeId, revision }: Node,
  termination: Termination,
  now: Date,
): Promise<Termination | undefined> => {
  const attempts = termination.attempts + 1;
  const nextAttemptAt = toTimestamp(addSeconds(now, backoffSeconds(attempts)));
  const unsureUntil = toTimestamp(addSeconds(now, ACCEPTED_SECONDS));
  const claimed = { ...termination, attempts, nextAttemptAt, unsureUntil };
  return (await nodes.recordTermination(nodeId, revision, claimed)) ? claimed : undefined;
};

/**
 * One look at a node in `terminating`: says it, asks the brakes, asks the provider, notes the answer; or gives the node back.
 * Undefined when it is not in `terminating` any more.
 */
const stepTermination = async (
  ports: IdlePorts,
  reading: CycleReading,
  nodeId: string,
  triesLeft = MAX_TRIES,
): Promise<TerminationDecision | undefined> => {
  const node = await ports.nodes.get(nodeId);
  const termination = node?.termination;
  if (node?.lifecycle !== 'terminating' || termination === undefined) return undefined;
  await countTermination(ports, node, termination);
  if (termination.announcedAt === undefined) await announceTermination(ports, node, termination);
  const decide = (
    { idle }: AppliedIdleSettings,
    around: Surroundings,
    mayLoseNow: MayLoseDecision | undefined,
  ): TerminationDecision =>
    decideTermination(
      subjectOf(node, reading.fleet.records),
      termination,
      around,
      resolveIdlePolicy(idle, node),
      mayLoseNow,
      ports.clock.now(),
    );
  /** What is lost, modes, holds, brake and listing are read here and now, before every single request. */
  const decideNow = async (): Promise<TerminationDecision> => {
    const mayLoseNow = await askMayLose(ports, node);
    const settings = await ports.settings.current();
    return decide(settings, await loadSurroundings(ports, ports.clock.now()), mayLoseNow);
  };
  const first = decide(reading.settings, reading.around, undefined);
  const mayRequest = first.action === 'request' || first.reason === 'data-unknown';
  const decision = mayRequest ? await decideNow() : first;
  if (decision.action === 'give-back') {
    await endDrain(ports, node, decision.reason, decision.evidence.blockers);
    return decision;
  }
  const now = ports.clock.now();
  let next: Termination = { ...termination, announcedAt: termination.announcedAt ?? toTimestamp(now) };
  if (decision.action === 'request') {
    const claimed = await claimAttempt(ports, node, next, now);
    if (claimed === undefined) {
      // Most often a heartbeat came in between: the node is looked at anew, rather than a minute later.
      if (triesLeft > 1) return stepTermination(ports, reading, nodeId, triesLeft - 1);
      return { ...decision, action: 'wait' as const };
    }
    const answer = await ports.provider.terminate(node.instanceId);
    next = afterAnswer(next, claimed, answer, ports.clock.now());
  }
  if (decision.isStuck && next.stuckSaidAt === undefined) {
    await announceStuck(ports, node, next, decision.reason, now);
    next = { ...next, stuckSaidAt: toTimestamp(now) };
  }
  if (decision.extendPromise) await extendPromise(ports, node, now);
  const isChanged = JSON.stringify(next) !== JSON.stringify(termination);
  if (isChanged) await recordTermination(ports, node, next);
  return decision;
};

/** What a person decided stays that person's, also when it was decided while the provider was asked. */
const forceOf = ({ reason, forcedBy, abandonsData }: Termination): Partial<Termination> =>
  forcedBy === undefined ? {} : { reason, forcedBy, abandonsData };

/** A heartbeat may have come since the node was read: the provider's answer is noted all the same. */
const recordTermination = async (
  { nodes }: IdlePorts,
  { nodeId }: Node,
  next: Termination,
): Promise<void> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const latest = await nodes.get(nodeId);
    if (latest?.lifecycle !== 'terminating' || latest.termination === undefined) return;
    const noted = { ...next, ...forceOf(latest.termination) };
    if (await nodes.recordTermination(nodeId, latest.revision, noted)) return;
  }
  throw new TransientError(
    `how the termination of ${nodeId} stands could not be noted in ${MAX_TRIES} tries: the next cycle goes on from the attempt before it`,
  );
};

export { stepTermination };
