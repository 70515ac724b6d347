import { artifactPath } from '../artifacts/artifact.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { StoreObjects } from '../artifacts/store-objects.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import { derivedId } from '../ids.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import { checkStoreCopy } from './check-store-copy.ts';

interface TrimPorts {
  readonly artifacts: Pick<ArtifactStore, 'get' | 'removeNodeReplica'>;
  readonly objects: StoreObjects;
  readonly bucket: string;
  readonly commands: Pick<CommandStore, 'put'>;
  readonly sender: CommandSender;
  readonly audit: AuditStore;
  readonly clock: Clock;
  /** Who trims: an ARN. */
  readonly actor: string;
}

type TrimOutcome = 'trimmed' | 'store-copy-missing' | 'refused' | 'unknown-artifact';

/** A node that is away for longer keeps the copy: its next full inventory counts it again. */
const DELETE_SECONDS = 3600;

/**
 * Has a node delete its copy. Order: the store is asked whether it has the bytes; one conditional write takes the copy out of META, never
 * the last live one and never below `keepNodes`; then audit, ledger, queue. A crash after the write leaves a file that nobody counts on.
 */
const trimCopy = async (
  ports: TrimPorts,
  artifactId: string,
  nodeId: string,
  keepNodes: number,
): Promise<TrimOutcome> => {
  const artifact = await ports.artifacts.get(artifactId);
  if (artifact === undefined) return 'unknown-artifact';
  if ((await checkStoreCopy(ports.objects, ports.bucket, artifact)) !== 'sound') return 'store-copy-missing';
  if (!(await ports.artifacts.removeNodeReplica(artifactId, nodeId, keepNodes))) return 'refused';
  const now = ports.clock.now();
  const at = toTimestamp(now);
  const commandId = derivedId('c', artifactId, nodeId, 'trim', at);
  await ports.audit.record({
    auditId: derivedId('a', commandId),
    subject: `artifact:${artifactId}`,
    at,
    actor: ports.actor,
    action: 'trim-copy',
    reason: 'more-than-target',
    evidence: { nodeId, keepNodes },
  });
  const command = {
    schemaVersion: 1,
    commandId,
    nodeId,
    attempt: 1,
    issuedAt: at,
    deadlineAt: toTimestamp(addSeconds(now, DELETE_SECONDS)),
    type: 'delete',
    artifactId,
    path: artifactPath(artifact),
  } as const;
  await ports.commands.put(command);
  await ports.sender.send(command);
  return 'trimmed';
};

export type { TrimOutcome, TrimPorts };
export { trimCopy };
