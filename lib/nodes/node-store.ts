import type { Heartbeat } from './heartbeat.ts';
import type { Binding, Lease, Lifecycle, Node, Provider } from './node.ts';
import type { NodeDrains } from './node-drains.ts';
import type { NodeHealth } from './node-health.ts';

/** What one heartbeat did to the node item. */
type HeartbeatOutcome =
  | { readonly kind: 'recorded'; readonly node: Node; readonly activated: boolean }
  /** An older (bootId, seq) than the last one: a repeat or out of order. Harmless. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'unknown-node' };

/** A heartbeat, with what follows from it for the node item. */
interface Beat {
  readonly bootId: string;
  readonly seq: number;
  readonly heartbeat: Heartbeat;
  /** SQS's SentTimestamp. */
  readonly sentAt: Date;
  /** Attributes that change with this heartbeat, in the same write. */
  readonly marks?: Partial<Pick<Node, 'returned' | 'idleClock' | 'heartbeatRecordedAt'>>;
}

interface NodeStore extends NodeDrains {
  /** Strongly consistent. */
  get(nodeId: string): Promise<Node | undefined>;
  /** Creates the item unless it exists; false when it did. */
  create(node: Node): Promise<boolean>;
  /** All nodes of these lifecycles: candidates by index, then each item strongly consistent. Every page or an error. */
  listByLifecycle(lifecycles: readonly Lifecycle[]): Promise<Node[]>;
  /** The same for one provider, read in batches: for functions that look at all of them every minute. */
  listByProvider(provider: Provider, lifecycles: readonly Lifecycle[]): Promise<Node[]>;
  /** Records a heartbeat if it is newer than the last, and turns `pending` into `active` with the first one. */
  recordHeartbeat(nodeId: string, beat: Beat): Promise<HeartbeatOutcome>;
  /** Takes a newer inventory pointer; false when the item has a newer one or is gone. */
  recordInventory(nodeId: string, inventory: NonNullable<Node['inventory']>): Promise<boolean>;
  /** Notes how far the copies of its inventory of then are written off; false when there is a newer one. */
  markWriteOff(nodeId: string, inventoryAt: string, how: 'begun' | 'done'): Promise<boolean>;
  /** After a restart of the agent or machine: the new boot, with a binding to be confirmed anew, if the revision is still `expectedRevision`. */
  rebind(
    nodeId: string,
    expectedRevision: number,
    bootId: string,
    sourceAddress: string | undefined,
  ): Promise<boolean>;
  /** Idempotent; false when the node does not exist. */
  revoke(nodeId: string, at: Date): Promise<boolean>;
  /** Ends the node by conditional write on its revision. */
  end(nodeId: string, expectedRevision: number, lifecycle: 'terminated' | 'lost', at: Date): Promise<boolean>;
  /** Takes what a listing says about the node's instance; false when the node changed since `expectedRevision`. */
  recordBinding(nodeId: string, expectedRevision: number, binding: Binding): Promise<boolean>;
  /** Takes what was found of the node's health; false when the node changed since `expectedRevision`. */
  recordHealth(nodeId: string, expectedRevision: number, health: NodeHealth): Promise<boolean>;
  /** `lost` → `active`, when the provider lists the instance of a node that speaks. Conditional write on the revision. */
  revive(nodeId: string, expectedRevision: number): Promise<boolean>;
  markQueueDeleted(nodeId: string, at: Date): Promise<void>;

  /**
   * Grants a lease: the node is as it was when somebody found that the work fits it (`expectedRevision`), and is active, not revoked,
   * without a drain, with a free slot. One conditional write, which also starts the idle clock anew.
   */
  grantLease(nodeId: string, expectedRevision: number, token: string, lease: Lease): Promise<boolean>;
  /** Extends the lease if it is still held. */
  renewLease(nodeId: string, token: string, leaseUntil: Date): Promise<boolean>;
  /** Frees the slot; harmless when it is free. How the work ended, where that says something of the node, is counted once. */
  releaseLease(nodeId: string, token: string, ended?: 'succeeded' | 'failed'): Promise<void>;
  /** Ends a lease that ran out before `now`; false when it was renewed meanwhile, or is not held. */
  expireLease(nodeId: string, token: string, now: Date): Promise<boolean>;
}

export type { Beat, HeartbeatOutcome, NodeStore };
