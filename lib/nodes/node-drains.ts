import type { DataWaiver, Drain, EndedDrain, ShadowDrain, Termination } from './drain.ts';

/** What an agent promises when it acknowledges a drain. */
interface DrainAcknowledgement {
  readonly drainId: string;
  readonly epoch: number;
  readonly bootId: string;
  readonly drainUntil?: string | undefined;
  readonly inventoryDigest?: string | undefined;
}

/**
 * The part of the NodeStore that ends nodes. Every step is one conditional write on the node item; false means that the node
 * is not any more as it was when the step was decided, and nothing was changed.
 */
interface NodeDrains {
  /** `active` → `draining`, if nothing of the node changed since `expectedRevision`. */
  beginDrain(nodeId: string, expectedRevision: number, drain: Drain): Promise<boolean>;
  /** Takes the agent's promise for this very drain, of the boot that is bound. A later `drainUntil` extends it, an earlier one never shortens. */
  acknowledgeDrain(nodeId: string, acknowledgement: DrainAcknowledgement, at: Date): Promise<boolean>;
  /** The start of the drain was said. */
  markDrainAnnounced(nodeId: string, drainId: string, at: Date): Promise<boolean>;
  /** `draining` → `active`: the drain is over and the idle clock starts anew. */
  endDrain(nodeId: string, expectedRevision: number, ended: EndedDrain): Promise<boolean>;
  /** The end of the drain was said and the agent told. */
  markDrainEndAnnounced(nodeId: string, drainId: string, at: Date): Promise<boolean>;
  /**
   * `draining` → `terminating`; a forced one also from `active` and `pending`. Of a node that was revoked too: its
   * instance costs money all the same.
   */
  beginTermination(nodeId: string, expectedRevision: number, termination: Termination): Promise<boolean>;
  /**
   * `terminating` → `active`: the end is off and the idle clock starts anew. Only of a drained node, while its provider accepted no
   * request.
   */
  cancelTermination(nodeId: string, expectedRevision: number, ended: EndedDrain): Promise<boolean>;
  /** Writes how the termination stands, while it is that one. */
  recordTermination(nodeId: string, expectedRevision: number, termination: Termination): Promise<boolean>;
  /**
   * Writes, or with undefined removes, the shadow drain if the item has the one with `expectedDrainId` (undefined: none). It touches
   * nothing else, not even the revision.
   */
  putShadowDrain(
    nodeId: string,
    expectedDrainId: string | undefined,
    shadow: ShadowDrain | undefined,
  ): Promise<boolean>;
  /** Somebody used the node `at`, by a heartbeat that a newer one overtook. False when the clock knows of that or of a later use. */
  noteActivity(nodeId: string, at: Date): Promise<boolean>;
  waiveData(nodeId: string, expectedRevision: number, waiver: DataWaiver): Promise<boolean>;
}

export type { DrainAcknowledgement, NodeDrains };
