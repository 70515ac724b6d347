import type { Artifact } from '../artifacts/artifact.ts';
import { openDelivery } from '../distribution/open-delivery.ts';
import type { DistributionPolicy } from '../distribution/policy.ts';
import { pushCommand } from './push-command.ts';
import type { Repair } from './repair-ledger.ts';
import type { RepairPorts } from './repair-ports.ts';

/** Sets a repair going whose place in the ledger is taken: a command to push, or a due row in the delivery ledger. May be repeated. */
const beginRepair = async (
  ports: Pick<RepairPorts, 'deliveries' | 'commands' | 'sender' | 'clock'>,
  artifact: Artifact,
  repair: Repair,
  policy: DistributionPolicy,
): Promise<void> => {
  if (repair.action === 'pull') {
    await openDelivery(ports, artifact, repair.nodeId, policy);
    return;
  }
  const command = pushCommand(artifact, repair);
  await ports.commands.put(command);
  await ports.sender.send(command);
};

export { beginRepair };
