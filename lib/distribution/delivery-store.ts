import type { Delivery } from './delivery.ts';

interface DeliveryStore {
  get(artifactId: string, nodeId: string): Promise<Delivery | undefined>;
  /** Creates the row; false when there is one already. */
  create(delivery: Delivery): Promise<boolean>;
  /** Replaces the row if its revision is still `next.revision - 1`; false when somebody was faster. */
  replace(next: Delivery): Promise<boolean>;
  listByArtifact(artifactId: string): Promise<Delivery[]>;
  listByNode(nodeId: string): Promise<Delivery[]>;
  /** Candidates by index (re-read before acting): rows of these states with dueAt ≤ `dueBefore`, oldest first. */
  listDue(
    states: readonly ('pending' | 'sent' | 'transferring')[],
    dueBefore: Date,
    limit: number,
  ): Promise<Delivery[]>;
}

export type { DeliveryStore };
