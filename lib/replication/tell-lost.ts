import type { Artifact } from '../artifacts/artifact.ts';
import type { ReplicaMark } from '../artifacts/replica-mark.ts';
import { derivedId } from '../ids.ts';
import { toTimestamp } from '../time.ts';
import type { RepairPorts } from './repair-ports.ts';

/**
 * Says that no copy of the artifact is left, once: the ids follow from when it was lost. Order: audit, event, mark; the next full count
 * repeats what a crash swallowed.
 */
const tellLost = async (
  ports: Pick<RepairPorts, 'artifacts' | 'audit' | 'publisher' | 'clock' | 'actor'>,
  { artifactId, kind, name, version, bytes }: Artifact,
  replicaRevision: number,
  mark: ReplicaMark,
): Promise<void> => {
  const at = toTimestamp(ports.clock.now());
  const since = mark.since ?? at;
  await ports.audit.record({
    auditId: derivedId('a', artifactId, 'lost', since),
    subject: `artifact:${artifactId}`,
    at,
    actor: ports.actor,
    action: 'lose-artifact',
    reason: 'no-copy-left',
    evidence: { kind, name, version, bytes, since },
  });
  await ports.publisher.publish([
    {
      name: 'ArtifactLost',
      eventId: derivedId('e', artifactId, 'lost', since),
      occurredAt: at,
      fields: { artifactId, kind, name, version, bytes, since },
    },
  ]);
  await ports.artifacts.settleMark(artifactId, replicaRevision, { ...mark, toldAt: at });
};

export { tellLost };
