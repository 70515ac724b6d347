import { throwCollected } from '../collected-errors.ts';
import { derivedId } from '../ids.ts';
import { runLimited } from '../run-limited.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { Ended } from './decide-budget.ts';
import { pushCommandId } from './push-command.ts';
import type { Repair, RepairLedger } from './repair-ledger.ts';
import type { RepairPorts } from './repair-ports.ts';
import { endRepairs } from './use-budget.ts';

const PARALLEL_READS = 16;

type SettlePorts = Pick<
  RepairPorts,
  'artifacts' | 'deliveries' | 'commands' | 'records' | 'publisher' | 'clock'
>;

/** META says what is: a copy that it knows of is the success, whoever told of it. */
const hasArrived = async ({ artifacts }: SettlePorts, repair: Repair): Promise<boolean> => {
  const artifact = await artifacts.get(repair.artifactId);
  if (artifact === undefined) return false;
  return repair.action === 'push'
    ? artifact.storeReplica !== undefined
    : artifact.replicaNodeIds.includes(repair.nodeId);
};

const hasFailed = async ({ commands, deliveries }: SettlePorts, repair: Repair): Promise<boolean> => {
  if (repair.action === 'push')
    return (await commands.get(pushCommandId(repair.repairId)))?.status === 'failed';
  return (await deliveries.get(repair.artifactId, repair.nodeId))?.state === 'failed';
};

const endOf = async (ports: SettlePorts, repair: Repair, now: Date): Promise<Ended['how'] | undefined> => {
  if (await hasArrived(ports, repair)) return 'succeeded';
  if (repair.deadlineAt <= toTimestamp(now) || (await hasFailed(ports, repair))) return 'failed';
  return undefined;
};

/**
 * Finds out which of the running repairs ended, tells of those that succeeded, and frees their places. Told first, under the repair's own
 * id: a crash before the ledger is written repeats it to the same effect.
 */
const settleRepairs = async (ports: SettlePorts, ledger: RepairLedger | undefined): Promise<Ended[]> => {
  const now = ports.clock.now();
  const ended: Ended[] = [];
  const running = Object.values(ledger?.running ?? {});
  const errors = await runLimited(running, PARALLEL_READS, async (repair) => {
    const how = await endOf(ports, repair, now);
    if (how === undefined) return;
    const { repairId, artifactId, nodeId, action, startedAt } = repair;
    if (how === 'succeeded') {
      await ports.publisher.publish([
        {
          name: 'ReplicationRepaired',
          eventId: derivedId('e', repairId, 'repaired'),
          occurredAt: toTimestamp(now),
          fields: { artifactId, nodeId, action, durationSeconds: Math.max(0, secondsSince(startedAt, now)) },
        },
      ]);
    }
    ended.push({ repairId, how });
  });
  if (ended.length > 0) await endRepairs(ports.records, ended, now);
  throwCollected(errors, 'not every repair that ended could be settled');
  return ended;
};

export { settleRepairs };
