import type { Artifact } from '../artifacts/artifact.ts';
import { throwCollected } from '../collected-errors.ts';
import type { FailureClass } from '../commands/command-result.ts';
import { InvariantError, PermanentError } from '../errors.ts';
import { runLimited } from '../run-limited.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { type DeliveryInput, isInFlight } from './apply-delivery.ts';
import { bandwidthFor, slowestBandwidth } from './bandwidth.ts';
import { transferDeadlineSeconds } from './deadlines.ts';
import { decideSend } from './decide-send.ts';
import type { Delivery } from './delivery.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import type { DistributionPolicy } from './policy.ts';
import { pullCommand, pullCommandId } from './pull-command.ts';
import { settleFailed } from './settle-delivery.ts';
import { updateDelivery } from './update-delivery.ts';

type PumpOutcome = 'sent' | 'postponed' | 'failed' | 'skipped';
type PumpCounts = Record<PumpOutcome, number>;

/** A slot outlives its attempt's deadline by this, so that it is free again whatever happened to the answer. */
const SLOT_GRACE_SECONDS = 60;
/** A row whose node cannot take it is looked at again after this. */
const POSTPONE_SECONDS = 60;
/** Rows sent at the same time by one pump. */
const PARALLEL_SENDS = 8;

const failureOf = (error: unknown): { class: FailureClass; message: string } => {
  const message = `the command could not be put into the node's queue: ${error instanceof Error ? error.message : String(error)}`;
  return { class: error instanceof PermanentError ? 'node-gone' : 'no-answer', message };
};

/** Writes a row that could not be sent, and what follows from it. */
const settleUnsent = async (
  ports: DispatchPorts,
  policy: DistributionPolicy,
  row: Delivery,
  input: DeliveryInput,
  commandId: string,
): Promise<PumpOutcome> => {
  const step = await updateDelivery(ports, row, input, policy);
  if (step?.action === 'change' && step.row.lastFailure !== undefined && step.reason !== 'postponed') {
    await settleFailed(ports, step.row, step.row.attempt, step.row.lastFailure, commandId);
    return 'failed';
  }
  // Another pump may have sent this very attempt meanwhile: then the slot is in use.
  const usesThisSlot = step !== undefined && isInFlight(step.row) && step.row.commandId === commandId;
  if (!usesThisSlot) await ports.slots.release([commandId]);
  return 'postponed';
};

/**
 * Sends one row that holds a slot. Order of writes: row `sent` → ledger → queue. A crash after the first leaves a row
 * whose attempt nobody got: at its deadline the sweep takes it as unanswered and the attempt is repeated.
 */
const sendRow = async (
  ports: DispatchPorts,
  policy: DistributionPolicy,
  candidate: Delivery,
  artifact: Artifact,
  deadlineAt: Date,
): Promise<PumpOutcome> => {
  const { artifactId, nodeId } = candidate;
  const commandId = pullCommandId(artifactId, nodeId, candidate.attempt + 1);
  // The index may lag: the row itself decides.
  const row = await ports.deliveries.get(artifactId, nodeId);
  if (row?.state !== 'pending' || row.attempt !== candidate.attempt) {
    const usesThisSlot = row !== undefined && isInFlight(row) && row.commandId === commandId;
    if (!usesThisSlot) await ports.slots.release([commandId]);
    return 'skipped';
  }
  const now = ports.clock.now();
  const node = await ports.nodes.get(nodeId);
  const decision = decideSend(nodeId, node, policy, now);
  if (decision.action !== 'send' || node === undefined) {
    const input: DeliveryInput =
      decision.action === 'fail'
        ? { type: 'node-gone', message: decision.message }
        : { type: 'postpone', seconds: POSTPONE_SECONDS, message: decision.message };
    return settleUnsent(ports, policy, row, input, commandId);
  }
  const step = await updateDelivery(ports, row, { type: 'send', commandId, deadlineAt }, policy);
  if (step?.action !== 'change' || step.row.commandId !== commandId) {
    // Somebody was faster. When it was another pump with this very attempt, the slot is in use.
    if (step === undefined || !isInFlight(step.row)) await ports.slots.release([commandId]);
    return 'skipped';
  }
  const { attempt } = step.row;
  const bucket = ports.artifactBucket;
  try {
    const bandwidthBytesPerSecond = bandwidthFor(policy, node);
    const command = pullCommand({
      artifact,
      nodeId,
      attempt,
      bucket,
      deadlineAt,
      now,
      bandwidthBytesPerSecond,
    });
    await ports.commands.put(command);
    await ports.sender.send(command);
    return 'sent';
  } catch (error) {
    return settleUnsent(ports, policy, row, { type: 'failed', attempt, ...failureOf(error) }, commandId);
  }
};

const groupByArtifact = (rows: readonly Delivery[]): Map<string, Delivery[]> => {
  const groups = new Map<string, Delivery[]>();
  for (const row of rows) groups.set(row.artifactId, [...(groups.get(row.artifactId) ?? []), row]);
  return groups;
};

/**
 * Sends due rows, oldest first, while the fleet-wide limit of transfers has room. Exact: a row is sent only with a slot,
 * and the slot's name is the attempt's commandId, so that two pumps at once never send an attempt twice. Rows fail one by one.
 * @throws TransientError with what went wrong, after all rows were handled
 */
const pumpDeliveries = async (ports: DispatchPorts, policy: DistributionPolicy): Promise<PumpCounts> => {
  const counts: PumpCounts = { sent: 0, postponed: 0, failed: 0, skipped: 0 };
  const now = ports.clock.now();
  const due = await ports.deliveries.listDue(['pending'], now, policy.maxConcurrentTransfers);
  const errors: unknown[] = [];
  for (const [artifactId, rows] of groupByArtifact(due)) {
    const artifact = await ports.artifacts.get(artifactId);
    if (artifact?.storeReplica === undefined) {
      errors.push(
        new InvariantError(
          `artifact ${artifactId} has deliveries but ${artifact ? 'no verified copy in the store' : 'no META item'}: none may start without`,
        ),
      );
      continue;
    }
    const deadlineAt = addSeconds(
      now,
      transferDeadlineSeconds(artifact.bytes, { bandwidthBytesPerSecond: slowestBandwidth(policy) }),
    );
    const byCommand = new Map(
      rows.map((row) => [pullCommandId(artifactId, row.nodeId, row.attempt + 1), row] as const),
    );
    const granted = await ports.slots.acquire(
      [...byCommand.keys()],
      policy.maxConcurrentTransfers,
      addSeconds(deadlineAt, SLOT_GRACE_SECONDS),
      now,
    );
    const failures = await runLimited(granted, PARALLEL_SENDS, async (commandId) => {
      const row = byCommand.get(commandId);
      if (row === undefined) return;
      counts[await sendRow(ports, policy, row, artifact, deadlineAt)] += 1;
    });
    errors.push(...failures);
  }
  throwCollected(errors, `not every due delivery could be sent at ${toTimestamp(now)}`);
  return counts;
};

export type { PumpCounts };
export { POSTPONE_SECONDS, pumpDeliveries, SLOT_GRACE_SECONDS };
