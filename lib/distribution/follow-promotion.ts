import { type Artifact, artifactPath } from '../artifacts/artifact.ts';
import type { Command } from '../commands/command.ts';
import { PermanentError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import type { DispatchPorts } from './delivery-ports.ts';

type FollowPorts = Pick<DispatchPorts, 'deliveries' | 'commands' | 'sender' | 'clock'>;

/** A holder may be away for a while; its queue keeps the command, and hashing again costs no transfer. */
const FOLLOW_DEADLINE_SECONDS = 86_400;

const followCommand = (artifact: Artifact, promotedAt: string, nodeId: string, now: Date): Command => ({
  schemaVersion: 1,
  commandId: derivedId('c', artifact.artifactId, nodeId, 'current', promotedAt),
  nodeId,
  attempt: 1,
  issuedAt: toTimestamp(now),
  deadlineAt: toTimestamp(addSeconds(now, FOLLOW_DEADLINE_SECONDS)),
  type: 'verify',
  artifactId: artifact.artifactId,
  kind: artifact.kind,
  name: artifact.name,
  version: artifact.version,
  bytes: artifact.bytes,
  path: artifactPath(artifact),
  current: { promotedAt },
});

/**
 * Tells a holder of a promoted model to look at its copy and point `current` at it, unless its link follows this or a later
 * promotion already. The commandId is derived from the promotion: once answered it is not sent again. An open one is: the
 * crash may have come before the queue, and the agent answers a repeat from its journal.
 * Answers whether a command was sent.
 */
const followPromotion = async (ports: FollowPorts, artifact: Artifact, nodeId: string): Promise<boolean> => {
  const { promotedAt } = artifact;
  if (artifact.kind !== 'model' || promotedAt === undefined) return false;
  const row = await ports.deliveries.get(artifact.artifactId, nodeId);
  if (row?.currentPromotedAt !== undefined && row.currentPromotedAt >= promotedAt) return false;
  const command = followCommand(artifact, promotedAt, nodeId, ports.clock.now());
  const created = await ports.commands.put(command);
  const record = created ? undefined : await ports.commands.get(command.commandId);
  if (record !== undefined && record.status !== 'issued') return false;
  try {
    await ports.sender.send(record?.command ?? command);
  } catch (error) {
    // A node whose queue is gone follows nothing any more; others must not wait for it.
    if (error instanceof PermanentError) return false;
    throw error;
  }
  return true;
};

export { followPromotion };
