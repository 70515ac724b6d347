import type { Artifact } from '../artifacts/artifact.ts';
import { transferDeadlineSeconds } from '../distribution/deadlines.ts';
import { derivedId } from '../ids.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import type { Repair } from './repair-ledger.ts';

/** A pull waits for a transfer slot, and the delivery ledger repeats it after 30, 60, 120 and 240 s: that is part of the repair. */
const PULL_EXTRA_SECONDS = 900;

/** Ids follow from the artifact's revision: the same decision, made twice, is the same repair. */
const makeRepair = (
  action: Repair['action'],
  { artifactId, bytes }: Pick<Artifact, 'artifactId' | 'bytes'>,
  nodeId: string,
  replicaRevision: number,
  now: Date,
): Repair => ({
  repairId: derivedId('r', artifactId, nodeId, action, replicaRevision),
  action,
  artifactId,
  nodeId,
  startedAt: toTimestamp(now),
  deadlineAt: toTimestamp(
    addSeconds(now, transferDeadlineSeconds(bytes) + (action === 'pull' ? PULL_EXTRA_SECONDS : 0)),
  ),
});

export { makeRepair };
