import * as z from 'zod';
import { commandProgressSchema, commandResultSchema } from '../commands/command-result.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import { workReportSchema } from '../work/work-report.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { rotSchema } from './rot.ts';
import { terminationNoticeSchema } from './termination-notice.ts';
import { unclaimedSchema } from './unclaimed.ts';
import { uploadedArtifactSchema } from './uploaded-artifact.ts';

/** One line of an inventory: a file that the agent has hashed. Its path is relative to the data root; of a claimed file outside of it, absolute. */
const inventoryEntrySchema = z.object({
  artifactId: artifactIdSchema,
  bytes: z.int().nonnegative(),
  path: z.string(),
});
type InventoryEntry = z.infer<typeof inventoryEntrySchema>;

/** The full list, as the object in the store holds it: entries sorted by artifactId and path, so that equal lists have equal digests. */
const inventoryDocumentSchema = z.object({
  schemaVersion: z.literal(1),
  nodeId: nodeIdSchema,
  entries: z.array(inventoryEntrySchema),
  /**
   * Files outside of the data root that no claim matches, and that the agent remembers the store to have.
   * They are no replicas; whether they may go with the node is up to META. Absent: none, or an agent that does not list them.
   */
  outsideCopies: z.array(inventoryEntrySchema).optional(),
});

/**
 * A delta against the inventory with digest `base` (absent: first since start), and the key of the full list in the store.
 * `added`/`removed` are absent when they would not fit a message; the receiver then reads the full list.
 */
const inventoryReportSchema = z.object({
  digest: artifactIdSchema,
  key: z.string(),
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  base: artifactIdSchema.optional(),
  added: z.array(artifactIdSchema).max(1000).optional(),
  removed: z.array(artifactIdSchema).max(1000).optional(),
  /** The drain that held, journalled, when the scan began; absent: none, or an agent that does not say. */
  drainEpoch: z.int().positive().optional(),
  /** Files that changed while they were hashed: they are not in the list. Absent: an agent that does not count them. */
  unsettled: z.int().nonnegative().optional(),
  /** Changed files outside the data root that are no known artifact. Absent: the agent did not look, or could not look everywhere. */
  unclaimed: unclaimedSchema.optional(),
  /** The configuration (`configure`) under which it was taken. */
  configDigest: z.string().max(64).optional(),
});

const envelope = {
  schemaVersion: z.literal(1),
  reportId: z.uuid(),
  /** Checked against SQS's SenderId; the body alone proves nothing. */
  nodeId: nodeIdSchema,
  bootId: z.string().min(1).max(128),
  /** Grows with every report of the node, also over restarts of the agent. */
  seq: z.int().nonnegative(),
  /** The agent's clock: shown, never used to decide. */
  sentAt: timestampSchema,
};

/** A message in the `reports` queue. */
const reportSchema = z.discriminatedUnion('type', [
  z.object({ ...envelope, type: z.literal('heartbeat'), heartbeat: heartbeatSchema }),
  z.object({ ...envelope, type: z.literal('command-progress'), progress: commandProgressSchema }),
  z.object({ ...envelope, type: z.literal('command-result'), result: commandResultSchema }),
  z.object({ ...envelope, type: z.literal('inventory'), inventory: inventoryReportSchema }),
  z.object({ ...envelope, type: z.literal('artifact'), artifact: uploadedArtifactSchema }),
  z.object({ ...envelope, type: z.literal('work'), work: workReportSchema }),
  z.object({ ...envelope, type: z.literal('rot'), rot: rotSchema }),
  z.object({ ...envelope, type: z.literal('termination-notice'), notice: terminationNoticeSchema }),
]);
type Report = z.infer<typeof reportSchema>;

export type { InventoryEntry, Report };
export { inventoryDocumentSchema, inventoryEntrySchema, reportSchema };
