import type { Command } from '../commands/command.ts';
import type { CommandProgress, CommandResult } from '../commands/command-result.ts';
import type { CommandRecord } from '../commands/command-store.ts';
import { InvariantError, PermanentError } from '../errors.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { copyIsGone } from './decide-follow.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { type DistributionPolicy, distributionPolicySchema } from './policy.ts';
import { settleFailed, settleVerified } from './settle-delivery.ts';
import { updateDelivery } from './update-delivery.ts';

type FileCommand = Extract<Command, { type: 'pull' | 'verify' }>;
type Succeeded = Extract<CommandResult, { outcome: 'succeeded' }>;
type Failed = Extract<CommandResult, { outcome: 'failed' }>;

const defaultPolicy = distributionPolicySchema.parse({});

const ownCommand = async (
  ports: DeliveryPorts,
  nodeId: string,
  handle: { readonly commandId: string; readonly attempt: number },
): Promise<CommandRecord> => {
  const record = await ports.commands.get(handle.commandId);
  if (record === undefined || record.command.nodeId !== nodeId) {
    throw new PermanentError(
      `node ${nodeId} answers command ${handle.commandId}, which was never given to it (or is older than 30 days); nothing was changed`,
    );
  }
  if (record.command.attempt !== handle.attempt) {
    throw new PermanentError(
      `node ${nodeId} answers attempt ${handle.attempt} of command ${handle.commandId}, which is attempt ${record.command.attempt}; the agent must repeat the command's own attempt`,
    );
  }
  return record;
};

const recordVerified = async (
  ports: DeliveryPorts,
  command: FileCommand,
  result: Succeeded,
  sentAt: Date,
  policy: DistributionPolicy,
): Promise<void> => {
  const { file } = result;
  if (file?.artifactId !== command.artifactId || file.bytes !== command.bytes) {
    throw new PermanentError(
      `node ${command.nodeId} reports command ${command.commandId} as done without proof: expected ${command.artifactId} with ${command.bytes} bytes, got ${file ? `${file.artifactId} with ${file.bytes} bytes` : 'no file'}; the delivery is not verified`,
    );
  }
  const { artifactId, nodeId } = command;
  await ports.artifacts.addNodeReplica(artifactId, nodeId);
  const input = {
    type: 'verified',
    at: sentAt,
    currentPromotedAt: file.currentPromotedAt,
  } as const;
  const step = await updateDelivery(ports, { artifactId, nodeId }, input, policy);
  const row = step?.row ?? (await createVerifiedRow(ports, command, sentAt, file.currentPromotedAt));
  await settleVerified(ports, row, {
    commandId: command.commandId,
    attempt: command.attempt,
    bytes: file.bytes,
    durationSeconds: file.durationSeconds,
  });
};

const firstRow = (command: FileCommand, now: Date): Delivery => ({
  artifactId: command.artifactId,
  nodeId: command.nodeId,
  state: 'pending',
  attempt: 0,
  attemptBase: 0,
  bytesTotal: command.bytes,
  distributionIds: [],
  createdAt: toTimestamp(now),
  updatedAt: toTimestamp(now),
  revision: 0,
});

/** A holder that no distribution ever sent to (it verified a file that its inventory told of). */
const createVerifiedRow = async (
  ports: DeliveryPorts,
  command: FileCommand,
  sentAt: Date,
  currentPromotedAt: string | undefined,
): Promise<Delivery> => {
  const row: Delivery = {
    ...firstRow(command, ports.clock.now()),
    state: 'verified',
    verifiedAt: toTimestamp(sentAt),
    ...(currentPromotedAt === undefined ? {} : { currentPromotedAt }),
  };
  if (await ports.deliveries.create(row)) return row;
  const input = { type: 'verified', at: sentAt, currentPromotedAt } as const;
  const step = await updateDelivery(ports, row, input, defaultPolicy);
  if (step === undefined) {
    throw new InvariantError(`the delivery row of ${row.artifactId} on ${row.nodeId} vanished`);
  }
  return step.row;
};

const recordFailed = async (
  ports: DeliveryPorts,
  command: FileCommand,
  result: Failed,
  policy: DistributionPolicy,
): Promise<void> => {
  const { artifactId, nodeId, attempt, commandId } = command;
  const failure = { ...result.failure, at: toTimestamp(ports.clock.now()) };
  if (command.type === 'pull') {
    const input = { type: 'failed', attempt, ...result.failure } as const;
    const step = await updateDelivery(ports, { artifactId, nodeId }, input, policy);
    if (step !== undefined) await settleFailed(ports, step.row, attempt, failure, commandId);
    return;
  }
  if (!copyIsGone.has(result.failure.class)) return;
  await ports.artifacts.dropNodeReplica(artifactId, nodeId);
  const input = { type: 'missing', ...result.failure } as const;
  const step = await updateDelivery(ports, { artifactId, nodeId }, input, policy);
  const row = step?.row ?? (await createDueRow(ports, command));
  // Its consumer pumps: the node gets the artifact again at once.
  if (row !== undefined) await settleFailed(ports, row, row.attempt, failure);
};

/** A holder by its inventory, whose file lies elsewhere under the data root: it was counted as one, so it gets the file now. */
const createDueRow = async (ports: DeliveryPorts, command: FileCommand): Promise<Delivery | undefined> => {
  const now = ports.clock.now();
  const due = { ...firstRow(command, now), dueAt: toTimestamp(now), openedAt: toTimestamp(now) };
  return (await ports.deliveries.create(due))
    ? due
    : await ports.deliveries.get(command.artifactId, command.nodeId);
};

/**
 * Takes an agent's answer to a command into the ledger. The order of writes, each of which may be repeated:
 *
 *   1. META's live replica      so that a verified row always has one (unless it was removed later)
 *   2. the delivery row         decides: verified, retry or failed
 *   3. the distributions' sets  the sweep compares them with the rows of open distributions
 *   4. the transfer slot        expires by itself
 *   5. DeliveryVerified/Failed  dispatch-distribution pumps on and closes distributions; so does the sweep
 *   6. the command's answer     the marker, last: a repeated report with the same outcome is done
 *
 * A crash after any of them is mended by the report's redelivery, or by the sweep when it never comes.
 * @throws PermanentError for a command that was not given to this node, or a success without proof
 */
const recordCommandResult = async (
  ports: DeliveryPorts,
  nodeId: string,
  result: CommandResult,
  sentAt: Date,
  policy: DistributionPolicy = defaultPolicy,
): Promise<void> => {
  const { command, status, issuedAt } = await ownCommand(ports, nodeId, result);
  // A success after a failure still counts: it is the truth about a disk.
  if (status === result.outcome || status === 'succeeded') return;
  if (command.type === 'pull' || command.type === 'verify') {
    if (result.outcome === 'succeeded') await recordVerified(ports, command, result, sentAt, policy);
    else await recordFailed(ports, command, result, policy);
  } else if (command.type === 'push' && result.outcome === 'failed') {
    // What a success brought is registered by the report of the upload, once the store bears it out.
    if (copyIsGone.has(result.failure.class))
      await ports.artifacts.dropNodeReplica(command.artifactId, nodeId);
  } else if (command.type === 'delete' && result.outcome === 'succeeded') {
    await ports.artifacts.dropNodeReplica(command.artifactId, nodeId);
  }
  const isFirst = await ports.commands.answer(command.commandId, nodeId, result, sentAt);
  if (isFirst) ports.tellAnswerSeconds?.(secondsSince(issuedAt, sentAt));
};

/** Takes an agent's progress into the row; late or repeated progress changes nothing. */
const recordCommandProgress = async (
  ports: DeliveryPorts,
  nodeId: string,
  progress: CommandProgress,
  _sentAt: Date,
  policy: DistributionPolicy = defaultPolicy,
): Promise<void> => {
  const { command } = await ownCommand(ports, nodeId, progress);
  if (command.type !== 'pull') return;
  const input = { type: 'progress', attempt: progress.attempt, bytesDone: progress.bytesDone } as const;
  await updateDelivery(ports, { artifactId: command.artifactId, nodeId }, input, policy);
};

export { recordCommandProgress, recordCommandResult };
