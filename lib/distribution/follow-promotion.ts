import type { Artifact } from '../artifacts/artifact.ts';
import type { Command } from '../commands/command.ts';
import type { CommandRecord, CommandStore } from '../commands/command-store.ts';
import { PermanentError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { artifactFields, isPromotedModel, type PromotedArtifact } from './artifact-command.ts';
import { transferDeadlineSeconds } from './deadlines.ts';
import { decideFollow, type FollowDecision, type FollowSnapshot } from './decide-follow.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import type { DistributionPolicy } from './policy.ts';

type FollowPorts = Pick<DispatchPorts, 'deliveries' | 'commands' | 'sender' | 'clock'>;

const followCommandId = (
  { artifactId, promotedAt }: PromotedArtifact,
  nodeId: string,
  round: number,
): string => derivedId('c', artifactId, nodeId, 'current', promotedAt, round);

/** Hashing is much faster than a transfer, whose time leaves room for the checks that wait before it. */
const followCommand = (artifact: PromotedArtifact, nodeId: string, round: number, now: Date): Command => ({
  schemaVersion: 1,
  commandId: followCommandId(artifact, nodeId, round),
  nodeId,
  attempt: 1,
  issuedAt: toTimestamp(now),
  deadlineAt: toTimestamp(addSeconds(now, transferDeadlineSeconds(artifact.bytes))),
  type: 'verify',
  ...artifactFields(artifact),
  current: { promotedAt: artifact.promotedAt },
});

/** The rounds so far, from the ledger. They follow each other without a gap, so the last is found by doubling, then halving. */
const loadRounds = async (
  commands: Pick<CommandStore, 'get'>,
  artifact: PromotedArtifact,
  nodeId: string,
): Promise<FollowSnapshot> => {
  const read = (round: number): Promise<CommandRecord | undefined> =>
    commands.get(followCommandId(artifact, nodeId, round));
  let last: CommandRecord | undefined;
  let known = -1;
  let missing = 0;
  for (let found = await read(missing); found !== undefined; found = await read(missing)) {
    last = found;
    known = missing;
    missing = 2 * missing + 1;
  }
  while (missing - known > 1) {
    const middle = Math.floor((known + missing) / 2);
    const found = await read(middle);
    if (found === undefined) missing = middle;
    else [last, known] = [found, middle];
  }
  return { rounds: missing, last };
};

interface FollowStep {
  readonly decision: FollowDecision;
  readonly last: CommandRecord | undefined;
}

/** What is to be done for one holder now; undefined when there is nothing to follow, or its link follows this or a later promotion. */
const nextFollow = async (
  ports: Pick<FollowPorts, 'deliveries' | 'commands' | 'clock'>,
  artifact: Artifact,
  nodeId: string,
  policy: Pick<DistributionPolicy, 'retryDelaysSeconds'>,
): Promise<FollowStep | undefined> => {
  if (!isPromotedModel(artifact)) return undefined;
  const row = await ports.deliveries.get(artifact.artifactId, nodeId);
  if (row?.currentPromotedAt !== undefined && row.currentPromotedAt >= artifact.promotedAt) return undefined;
  const snapshot = await loadRounds(ports.commands, artifact, nodeId);
  return { decision: decideFollow(snapshot, policy, ports.clock.now()), last: snapshot.last };
};

const send = async ({ sender }: Pick<FollowPorts, 'sender'>, command: Command): Promise<boolean> => {
  try {
    await sender.send(command);
    return true;
  } catch (error) {
    // A node whose queue is gone follows nothing any more; others must not wait for it.
    if (error instanceof PermanentError) return false;
    throw error;
  }
};

/** Sends one round. Ledger first: whoever writes it sends it, and what a crash kept from the queue is repeated after the deadline. */
const sendRound = async (
  ports: Pick<FollowPorts, 'commands' | 'sender' | 'clock'>,
  artifact: Artifact,
  nodeId: string,
  round: number,
): Promise<boolean> => {
  if (!isPromotedModel(artifact)) return false;
  const command = followCommand(artifact, nodeId, round, ports.clock.now());
  return (await ports.commands.put(command)) && (await send(ports, command));
};

/**
 * Tells a holder of a promoted model to look at its copy and point `current` at it, unless its link follows this or a later
 * promotion already. The commandId is derived from the promotion and the round. An open round is sent again: the crash may have
 * come before the queue, and the agent answers a repeat from its journal. Failed and expired rounds are the sweep's
 * (sweep-promotions.ts), or a later event's. Answers whether a command was sent.
 */
const followPromotion = async (
  ports: FollowPorts,
  artifact: Artifact,
  nodeId: string,
  policy: Pick<DistributionPolicy, 'retryDelaysSeconds'>,
): Promise<boolean> => {
  const step = await nextFollow(ports, artifact, nodeId, policy);
  if (step === undefined) return false;
  const { decision, last } = step;
  if (decision.action === 'send') return sendRound(ports, artifact, nodeId, decision.round);
  return decision.reason === 'open' && last !== undefined && send(ports, last.command);
};

export { followPromotion, isPromotedModel, nextFollow, sendRound };
