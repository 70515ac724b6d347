import type { Artifact } from '../artifacts/artifact.ts';
import { throwCollected } from '../collected-errors.ts';
import type { Command } from '../commands/command.ts';
import type { CommandResult } from '../commands/command-result.ts';
import { runLimited } from '../run-limited.ts';
import { decideSend } from './decide-send.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import { isPromotedModel, nextFollow, sendRound } from './follow-promotion.ts';
import type { DistributionPolicy } from './policy.ts';

type SweepPorts = Pick<DispatchPorts, 'artifacts' | 'deliveries' | 'commands' | 'sender' | 'nodes' | 'clock'>;

interface Holder {
  readonly artifact: Artifact;
  readonly nodeId: string;
}

/** Holders looked at by one sweep: a second of reads. Nodes that ended stay behind, so the sweeps take turns with the rest. */
const MAX_HOLDERS = 200;
const PARALLEL = 8;
const SWEEP_MILLISECONDS = 60_000;

/** The holders of a promoted model whose rows do not say that their link follows it. */
const listBehind = async (ports: SweepPorts, artifact: Artifact): Promise<Holder[]> => {
  if (!isPromotedModel(artifact) || artifact.replicaNodeIds.length === 0) return [];
  const rows = await ports.deliveries.listByArtifact(artifact.artifactId);
  const following = new Set(
    rows
      .filter(({ currentPromotedAt }) => (currentPromotedAt ?? '') >= artifact.promotedAt)
      .map(({ nodeId }) => nodeId),
  );
  return artifact.replicaNodeIds
    .filter((nodeId) => !following.has(nodeId))
    .sort()
    .map((nodeId) => ({ artifact, nodeId }));
};

/** The part of `holders` that is this minute's. */
const inTurn = (holders: readonly Holder[], now: Date): Holder[] => {
  if (holders.length <= MAX_HOLDERS) return [...holders];
  const start = (Math.floor(now.getTime() / SWEEP_MILLISECONDS) * MAX_HOLDERS) % holders.length;
  return [...holders.slice(start), ...holders.slice(0, start)].slice(0, MAX_HOLDERS);
};

const noAnswer = ({ commandId, attempt, type, deadlineAt }: Command): CommandResult => ({
  commandId,
  attempt,
  commandType: type,
  outcome: 'failed',
  failure: { class: 'no-answer', message: `no answer before the deadline ${deadlineAt}` },
});

/** Answers whether a command was sent. */
const followHolder = async (
  ports: SweepPorts,
  policy: DistributionPolicy,
  { artifact, nodeId }: Holder,
): Promise<boolean> => {
  const node = await ports.nodes.get(nodeId);
  if (decideSend(nodeId, node, policy, ports.clock.now()).action !== 'send') return false;
  const step = await nextFollow(ports, artifact, nodeId, policy);
  if (step?.decision.action !== 'send') return false;
  if (step.last?.status === 'issued') {
    // Its message is in the dead-letter queue, or never came to the node's: the ledger must not say that it is open.
    const { command } = step.last;
    await ports.commands.answer(command.commandId, nodeId, noAnswer(command), ports.clock.now());
  }
  return sendRound(ports, artifact, nodeId, step.decision.round);
};

/**
 * Tells holders of promoted models, whose `current` stayed behind, once more: after a failure that can pass, or when no answer came
 * before the deadline, and not more often than the retry delays. Only nodes that are live now. Answers how many were told.
 * @throws TransientError after all were tried
 */
const sweepPromotions = async (ports: SweepPorts, policy: DistributionPolicy): Promise<number> => {
  const behind: Holder[] = [];
  const unread = await runLimited(await ports.artifacts.listPromoted(), PARALLEL, async (artifact) => {
    behind.push(...(await listBehind(ports, artifact)));
  });
  let told = 0;
  const errors = await runLimited(inTurn(behind, ports.clock.now()), PARALLEL, async (holder) => {
    if (await followHolder(ports, policy, holder)) told += 1;
  });
  throwCollected([...unread, ...errors], 'not every holder of a promoted model could be told');
  return told;
};

export { MAX_HOLDERS, sweepPromotions };
