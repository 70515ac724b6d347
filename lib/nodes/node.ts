import * as z from 'zod';
import { artifactKindSchema, labelsSchema } from '../artifacts/artifact.ts';
import { nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import {
  dataWaiverSchema,
  drainSchema,
  endedDrainSchema,
  shadowDrainSchema,
  terminationSchema,
} from './drain.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { idleClockSchema } from './idle-clock.ts';
import { nodeHealthSchema } from './node-health.ts';
import { unclaimedSchema } from './unclaimed.ts';

/** Provider keys; `lambda` is accepted on input and becomes `lambda-labs`. */
const providerSchema = z.preprocess(
  (value) => (value === 'lambda' ? 'lambda-labs' : value),
  z.enum(['lambda-labs', 'vast', 'runpod', 'static']),
);

const lifecycleSchema = z.enum(['pending', 'active', 'draining', 'terminating', 'terminated', 'lost']);
type Lifecycle = z.infer<typeof lifecycleSchema>;

/** What a node can do. Code decides by these, never by role or labels (sync L13). */
const capabilitiesSchema = z.object({
  acceptsKinds: z.array(artifactKindSchema).default(['model', 'npz', 'games', 'checkpoint', 'other']),
  trains: z.boolean().default(false),
  /** The machine can vanish at any moment; its copies never count as durable. */
  ephemeral: z.boolean().default(false),
  gpuCount: z.int().nonnegative().default(0),
  gpuMemoryBytes: z.int().nonnegative().optional(),
});

/** A node's right to run one work item, granted in the node item by one conditional write. Keyed by token. */
const leaseSchema = z.object({
  workId: z.string(),
  attempt: z.int().positive(),
  leaseUntil: timestampSchema,
  /** Not started by then: it goes to another node. */
  startBy: timestampSchema.optional(),
  /** GPUs that the work has for itself; absent: none. */
  gpus: z.int().nonnegative().optional(),
  /** What the work is, so that the leases alone say how the fleet is shared. */
  jobType: z.string().optional(),
  campaignId: z.string().optional(),
});

/** The node's last report of everything it holds: the list itself lies in the store under `key`. */
const inventoryPointerSchema = z.object({
  inventoryAt: timestampSchema,
  digest: z.string(),
  key: z.string(),
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** The agent's drain that held when the scan began; absent: none that is known. */
  drainEpoch: z.int().positive().optional(),
  /** Files that still changed and so are not in the list; absent: unknown. */
  unsettled: z.int().nonnegative().optional(),
  /** Changed files outside the data root that are no known artifact; absent: the agent did not look, or could not. */
  unclaimed: unclaimedSchema.optional(),
  /** The configuration of the node under which it was taken. */
  configDigest: z.string().optional(),
  /** The node was not heard of for too long: its copies count no longer. The next inventory is taken in full. */
  writeOff: z.enum(['begun', 'done']).optional(),
});

/** Whether the provider's own listing bears out which instance the node is. Only `confirmed` lets anything destructive happen. */
const bindingSchema = z.object({
  state: z.enum(['confirmed', 'address-mismatch', 'not-listed']),
  /** The complete listing that first said so. */
  at: timestampSchema,
  /** What the provider reports, where it does. */
  address: z.string().optional(),
  /** The enrolment's source address that was compared. */
  sourceAddress: z.string().optional(),
});
type Binding = z.infer<typeof bindingSchema>;

const nodeSchema = z.object({
  nodeId: nodeIdSchema,
  provider: providerSchema,
  instanceId: z.string().min(1).max(256),
  role: z.string().max(64).default('worker'),
  labels: labelsSchema.default({}),
  capabilities: capabilitiesSchema,
  lifecycle: lifecycleSchema,
  enrolledAt: timestampSchema,
  activatedAt: timestampSchema.optional(),
  endedAt: timestampSchema.optional(),
  revokedAt: timestampSchema.optional(),
  /** The machine's boot (the kernel's boot id). A second one under a live node is refused. */
  bootId: z.string().min(1).max(128),
  /** Source address of the enrolment, to confirm the binding against the provider's listing. */
  sourceAddress: z.string().optional(),
  binding: bindingSchema.optional(),
  queueName: z.string(),
  queueDeletedAt: timestampSchema.optional(),
  heartbeat: heartbeatSchema.optional(),
  /** SQS SentTimestamp of that heartbeat: the only clock that decides age. */
  heartbeatAt: timestampSchema.optional(),
  heartbeatSeq: z.int().nonnegative().optional(),
  /** When it was taken from the queue: how far behind the reports are. */
  heartbeatRecordedAt: timestampSchema.optional(),
  /** What `score-health` found last; absent: it has not looked yet. */
  health: nodeHealthSchema.optional(),
  /** The last heartbeat that ended a silence so long that distributions left the node out, and the one before it. */
  returned: z.object({ returnedAt: timestampSchema, silentSince: timestampSchema }).optional(),
  leases: z.record(z.string(), leaseSchema).default({}),
  /** Attempts in a row that failed here, each by no fault of its job; a success ends the row. Absent: none. */
  failedWork: z.int().nonnegative().optional(),
  idleClock: idleClockSchema.optional(),
  drainEpoch: z.int().nonnegative().default(0),
  drain: drainSchema.optional(),
  endedDrain: endedDrainSchema.optional(),
  shadowDrain: shadowDrainSchema.optional(),
  termination: terminationSchema.optional(),
  dataWaiver: dataWaiverSchema.optional(),
  inventory: inventoryPointerSchema.optional(),
  /** No artifact is sent before this; every exclusion expires. */
  excludedUntil: timestampSchema.optional(),
  excludedReason: z.string().optional(),
  revision: z.int().nonnegative(),
});
type Node = z.infer<typeof nodeSchema>;
type Capabilities = z.infer<typeof capabilitiesSchema>;
type Lease = z.infer<typeof leaseSchema>;
type Provider = z.infer<typeof providerSchema>;

export type { Binding, Capabilities, Lease, Lifecycle, Node, Provider };
export {
  bindingSchema,
  capabilitiesSchema,
  inventoryPointerSchema,
  leaseSchema,
  lifecycleSchema,
  nodeSchema,
  providerSchema,
};
