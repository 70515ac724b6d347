import type { Artifact } from '../artifacts/artifact.ts';
import type { PullCommand } from '../commands/command.ts';
import { PermanentError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { toTimestamp } from '../time.ts';
import { artifactFields, isPromotedModel } from './artifact-command.ts';

/** The same attempt always has the same id, so that a repeated send is the same command; also the attempt's transfer slot. */
const pullCommandId = (artifactId: string, nodeId: string, attempt: number): string =>
  derivedId('c', artifactId, nodeId, attempt);

interface PullRequest {
  readonly artifact: Artifact;
  readonly nodeId: string;
  readonly attempt: number;
  readonly bucket: string;
  readonly deadlineAt: Date;
  readonly now: Date;
  /** The most that the download may take of the node's network. */
  readonly bandwidthBytesPerSecond: number;
}

/** @throws PermanentError when the artifact has no verified store replica to pull from */
const pullCommand = (request: PullRequest): PullCommand => {
  const { artifact, nodeId, attempt, bandwidthBytesPerSecond } = request;
  if (artifact.storeReplica === undefined) {
    throw new PermanentError(
      `artifact ${artifact.artifactId} has no verified copy in the store, so no node can pull it: publish it again with drover artifacts publish`,
    );
  }
  return {
    schemaVersion: 1,
    commandId: pullCommandId(artifact.artifactId, nodeId, attempt),
    nodeId,
    attempt,
    issuedAt: toTimestamp(request.now),
    deadlineAt: toTimestamp(request.deadlineAt),
    type: 'pull',
    ...artifactFields(artifact),
    ...(isPromotedModel(artifact) ? { current: { promotedAt: artifact.promotedAt } } : {}),
    store: { bucket: request.bucket, key: artifact.storeReplica.key },
    bandwidthBytesPerSecond,
  };
};

export { pullCommand, pullCommandId };
