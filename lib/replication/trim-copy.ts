import { type Artifact, artifactPath } from '../artifacts/artifact.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { StoreObjects } from '../artifacts/store-objects.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import { scopesOf } from '../holds/decide-hold.ts';
import type { HoldGate } from '../holds/hold-gate.ts';
import { derivedId } from '../ids.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import { checkStoreCopy } from './check-store-copy.ts';

interface TrimPorts {
  readonly artifacts: Pick<ArtifactStore, 'get' | 'listPromoted' | 'removeNodeReplica'>;
  readonly nodes: Pick<NodeStore, 'get'>;
  readonly gate: Pick<HoldGate, 'mayDestroy'>;
  readonly objects: StoreObjects;
  readonly bucket: string;
  readonly commands: Pick<CommandStore, 'put'>;
  readonly sender: CommandSender;
  readonly audit: AuditStore;
  readonly clock: Clock;
  /** Who trims: an ARN. */
  readonly actor: string;
}

type TrimOutcome =
  | 'trimmed'
  | 'store-copy-missing'
  | 'refused'
  | 'held'
  | 'promoted'
  | 'unknown-artifact'
  | 'unknown-node';

/** A node that is away for longer keeps the copy: its next full inventory counts it again. */
const DELETE_SECONDS = 3600;

/** Whether nodes use it: no artifact of its name was promoted later. Asked of META's own time, since the list of the latest may lag. */
const isPromoted = async (
  { artifacts }: TrimPorts,
  { name, promotedAt }: Pick<Artifact, 'name' | 'promotedAt'>,
): Promise<boolean> => {
  if (promotedAt === undefined) return false;
  const later = (await artifacts.listPromoted()).filter(
    (other) => other.name === name && other.promotedAt !== undefined && other.promotedAt > promotedAt,
  );
  return later.length === 0;
};

/**
 * Has a node delete its copy. Order: the store is asked whether it has the bytes; what may have changed since the plan, a promotion or a
 * freeze, is asked again; one conditional write takes the copy out of META, never the last live one and never below `keepNodes`; then
 * audit, ledger, queue. A crash after the write leaves a file that nobody counts on. Holds that cannot be read hold.
 */
const trimCopy = async (
  ports: TrimPorts,
  artifactId: string,
  nodeId: string,
  keepNodes: number,
): Promise<TrimOutcome> => {
  const artifact = await ports.artifacts.get(artifactId);
  if (artifact === undefined) return 'unknown-artifact';
  const node = await ports.nodes.get(nodeId);
  if (node === undefined) return 'unknown-node';
  if ((await checkStoreCopy(ports.objects, ports.bucket, artifact)) !== 'sound') return 'store-copy-missing';
  if (await isPromoted(ports, artifact)) return 'promoted';
  if ((await ports.gate.mayDestroy(scopesOf(node))).action === 'hold') return 'held';
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
