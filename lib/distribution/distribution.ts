import * as z from 'zod';
import { artifactKindSchema, segmentSchema } from '../artifacts/artifact.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

const distributionTriggerSchema = z.enum([
  'promotion',
  'dataset',
  'prefetch',
  'node-activated',
  'node-returned',
  'sync',
]);
type DistributionTrigger = z.infer<typeof distributionTriggerSchema>;

/** Why a node is not sent an artifact: a closed list, shared by ledger, CLI, metrics and tests. */
const skipReasonSchema = z.enum([
  'holds-verified',
  'not-active',
  'revoked',
  'heartbeat-unknown',
  'heartbeat-stale',
  'disk-unknown',
  'disk-full',
  'disk-too-small',
  'kind-not-accepted',
  'does-not-train',
  'excluded',
]);
type SkipReason = z.infer<typeof skipReasonSchema>;

/** One distribution: which nodes an artifact goes to, and how that went. */
const distributionSchema = z.object({
  distributionId: z.string(),
  artifactId: artifactIdSchema,
  kind: artifactKindSchema,
  name: segmentSchema,
  version: segmentSchema,
  bytes: z.int().nonnegative(),
  trigger: distributionTriggerSchema,
  /** The event that started it; the distributionId is derived from it. */
  eventId: z.string(),
  state: z.enum(['running', 'completed', 'incomplete']),
  createdAt: timestampSchema,
  deadlineAt: timestampSchema,
  endedAt: timestampSchema.optional(),
  /** The closing event is on the bus. The sweep publishes it again until this is set. */
  announcedAt: timestampSchema.optional(),
  /** Eligible nodes: those it was sent to, and those that held it already. */
  targetNodeIds: z.array(nodeIdSchema),
  verifiedNodeIds: z.array(nodeIdSchema).default([]),
  failedNodes: z.record(nodeIdSchema, z.string()).default({}),
  /** How many verified targets complete it. */
  requiredVerified: z.int().positive(),
  skippedCounts: z.partialRecord(skipReasonSchema, z.int().positive()).default({}),
  /** The first 200 skipped nodes with their reason. */
  skippedNodes: z.record(nodeIdSchema, skipReasonSchema).default({}),
  revision: z.int().nonnegative(),
});
type Distribution = z.infer<typeof distributionSchema>;

export type { Distribution, DistributionTrigger, SkipReason };
export { distributionSchema, distributionTriggerSchema, skipReasonSchema };
