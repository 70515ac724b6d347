import type { Distribution } from './distribution.ts';

interface DistributionStore {
  get(distributionId: string): Promise<Distribution | undefined>;
  /** Creates it; false when the same event created it before. */
  create(distribution: Distribution): Promise<boolean>;
  /** Adds to the set of verified targets; harmless when repeated. Answers the distribution as it is now. */
  addVerified(distributionId: string, nodeId: string): Promise<Distribution | undefined>;
  addFailed(distributionId: string, nodeId: string, reason: string): Promise<Distribution | undefined>;
  /** `running` → `completed`, once: false when it had ended. Verified targets only grow, so it stays true. */
  complete(distributionId: string, at: Date): Promise<boolean>;
  /** `running` → `incomplete`, once, unless something was written since `revision` was read: a target may have verified. */
  giveUp(distributionId: string, revision: number, at: Date): Promise<boolean>;
  markAnnounced(distributionId: string, at: Date): Promise<void>;
  /** Running, or ended but not announced. */
  listOpen(): Promise<Distribution[]>;
  /** Newest first. */
  list(limit: number): Promise<Distribution[]>;
  listByArtifact(artifactId: string): Promise<Distribution[]>;
}

export type { DistributionStore };
