import { throwCollected } from '../collected-errors.ts';
import { runLimited } from '../run-limited.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { announceDistribution, closeDistribution } from './announce-distributions.ts';
import type { DeliveryInput } from './apply-delivery.ts';
import { ANSWER_GRACE_SECONDS } from './deadlines.ts';
import { goneReason } from './decide-send.ts';
import type { Delivery } from './delivery.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import type { Distribution } from './distribution.ts';
import { ensureDeliveries } from './ensure-deliveries.ts';
import type { DistributionPolicy } from './policy.ts';
import { type PumpCounts, pumpDeliveries } from './pump-deliveries.ts';
import { settleFailed } from './settle-delivery.ts';
import { sweepPromotions } from './sweep-promotions.ts';
import { updateDelivery } from './update-delivery.ts';

interface SweepCounts {
  unanswered: number;
  nodeGone: number;
  distributions: number;
  /** Holders that were told of a promotion once more. */
  followed: number;
  pumped: PumpCounts;
  /** Rows that are not terminal, by state, as they were when the sweep began. */
  underWay: Record<'pending' | 'sent' | 'transferring', number>;
}

/** Transfer slots bound the rows in flight, so this is far above what there can be. */
const MAX_ROWS = 10_000;
/** Every deadline of an attempt lies within this. */
const HORIZON_SECONDS = 7 * 86_400;
const PARALLEL_ROWS = 8;

/** The input that ends an attempt whose answer will not come; undefined while it may. */
const overdueInput = async (
  ports: DispatchPorts,
  row: Delivery,
  now: Date,
): Promise<DeliveryInput | undefined> => {
  const gone = goneReason(row.nodeId, await ports.nodes.get(row.nodeId));
  if (gone !== undefined) return { type: 'node-gone', message: gone.message };
  const isOverdue =
    row.dueAt !== undefined && row.dueAt <= toTimestamp(addSeconds(now, -ANSWER_GRACE_SECONDS));
  return isOverdue ? { type: 'no-answer' } : undefined;
};

const sweepRow = async (
  ports: DispatchPorts,
  policy: DistributionPolicy,
  row: Delivery,
  counts: SweepCounts,
): Promise<void> => {
  const input = await overdueInput(ports, row, ports.clock.now());
  if (input === undefined) return;
  const step = await updateDelivery(ports, row, input, policy);
  if (step?.action !== 'change' || step.row.lastFailure === undefined) return;
  await settleFailed(ports, step.row, step.row.attempt, step.row.lastFailure, step.row.commandId);
  if (input.type === 'node-gone') counts.nodeGone += 1;
  else counts.unanswered += 1;
};

const sweepDistribution = async (
  ports: DispatchPorts,
  policy: DistributionPolicy,
  distribution: Distribution,
): Promise<void> => {
  if (distribution.state !== 'running') {
    await announceDistribution(ports, distribution.distributionId);
    return;
  }
  try {
    await ensureDeliveries(ports, distribution, policy);
  } finally {
    // Also when a target cannot be mended: one bad row must not keep a distribution from its deadline.
    const latest = await ports.distributions.get(distribution.distributionId);
    if (latest !== undefined) await closeDistribution(ports, latest);
  }
};

/**
 * Mends what events did not: ends attempts whose answer will not come (deadline passed, node ended or revoked), makes missing
 * rows, copies rows into the distributions that wait for them, ends distributions at their deadline, announces what a crash
 * swallowed, pumps due retries, and tells holders of promoted models once more whose link stayed behind. One bad item does not keep the others from being swept.
 * @throws TransientError at the end, with everything that failed: the next sweep tries again, and the function's metric `Errors` counts it
 */
const sweepDeliveries = async (ports: DispatchPorts, policy: DistributionPolicy): Promise<SweepCounts> => {
  const counts: SweepCounts = {
    unanswered: 0,
    nodeGone: 0,
    distributions: 0,
    followed: 0,
    pumped: { sent: 0, postponed: 0, failed: 0, skipped: 0 },
    underWay: { pending: 0, sent: 0, transferring: 0 },
  };
  const horizon = addSeconds(ports.clock.now(), HORIZON_SECONDS);
  const steps: (() => Promise<unknown[]>)[] = [
    async () => {
      const waiting = await ports.deliveries.listDue(['pending'], horizon, MAX_ROWS);
      const inFlight = await ports.deliveries.listDue(['sent', 'transferring'], horizon, MAX_ROWS);
      for (const { state } of [...waiting, ...inFlight])
        if (state !== 'verified' && state !== 'failed') counts.underWay[state] += 1;
      return runLimited(inFlight, PARALLEL_ROWS, (row) => sweepRow(ports, policy, row, counts));
    },
    async () => {
      const open = await ports.distributions.listOpen();
      counts.distributions = open.length;
      return runLimited(open, PARALLEL_ROWS, (distribution) =>
        sweepDistribution(ports, policy, distribution),
      );
    },
    async () => {
      counts.pumped = await pumpDeliveries(ports, policy);
      return [];
    },
    async () => {
      counts.followed = await sweepPromotions(ports, policy);
      return [];
    },
  ];
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      errors.push(...(await step()));
    } catch (error) {
      errors.push(error);
    }
  }
  throwCollected(errors, 'the sweep of deliveries is not complete');
  return counts;
};

export type { SweepCounts };
export { sweepDeliveries };
