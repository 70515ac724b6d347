import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** A drain of a node. `epoch` grows with each, so that a late message of an older one changes nothing. */
const drainSchema = z.object({
  drainId: z.string(),
  epoch: z.int().positive(),
  startedAt: timestampSchema,
  /** The agent resumes by itself then; it promises to start nothing before. */
  drainUntil: timestampSchema,
  /** Without an acknowledgement by then the drain is given up. */
  acknowledgeBy: timestampSchema.optional(),
  reason: z.string(),
  /** What becomes of running work; absent: `finish`. */
  work: z.enum(['finish', 'release']).optional(),
  acknowledgedAt: timestampSchema.optional(),
  acknowledgedBootId: z.string().optional(),
  /** The inventory that the agent took for its acknowledgement. */
  inventoryDigest: z.string().optional(),
  /** Its start was said: the event and the audit row are written. */
  announcedAt: timestampSchema.optional(),
});
type Drain = z.infer<typeof drainSchema>;

/** How the last drain ended without the node's end. */
const endedDrainSchema = z.object({
  drainId: z.string(),
  epoch: z.int().positive(),
  startedAt: timestampSchema,
  endedAt: timestampSchema,
  /** Why, in the vocabulary of the decision that ended it. */
  reason: z.string(),
  /** All that stood in the way then. */
  blockers: z.array(z.string()).default([]),
  /** The agent was told to resume, and the end was said. */
  announcedAt: timestampSchema.optional(),
});
type EndedDrain = z.infer<typeof endedDrainSchema>;

/** What a drain would be, where the mode is `observe`: kept apart, so that nothing else of the node changes. */
const shadowDrainSchema = z.object({
  drainId: z.string(),
  startedAt: timestampSchema,
  /** The drain period is over then. */
  maturesAt: timestampSchema,
  /** All guards passed then: `NodeWouldBeTerminated`. Savings count from here. */
  maturedAt: timestampSchema.optional(),
  announcedAt: timestampSchema.optional(),
});
type ShadowDrain = z.infer<typeof shadowDrainSchema>;

/** The end of a node that was decided: asked of the provider until a complete listing confirms it. */
const terminationSchema = z.object({
  /** The drain that it follows; of a forced one, an id of its own. */
  terminationId: z.string(),
  requestedAt: timestampSchema,
  reason: z.string(),
  /** A person asked for it, past the drain. */
  forcedBy: z.string().optional(),
  /** That person accepts the loss of what is not in the store. */
  abandonsData: z.boolean().default(false),
  /** Requests to the provider. */
  attempts: z.int().nonnegative(),
  nextAttemptAt: timestampSchema,
  lastOutcome: z.string().optional(),
  lastDetail: z.string().optional(),
  /** The provider said that it is on its way. */
  acceptedAt: timestampSchema.optional(),
  /** What the instance cost when it was decided. */
  microUsdPerHour: z.int().nonnegative().optional(),
  announcedAt: timestampSchema.optional(),
  /** It takes too long, and that was said. */
  stuckSaidAt: timestampSchema.optional(),
});
type Termination = z.infer<typeof terminationSchema>;

/** A person says that what no artifact claims may go. It is bound to what was seen then: more bytes or files void it. */
const dataWaiverSchema = z.object({
  waivedBy: z.string(),
  waivedAt: timestampSchema,
  reason: z.string().min(1).max(500),
  expiresAt: timestampSchema,
  /** Unclaimed files and bytes as they were listed to that person. */
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});
type DataWaiver = z.infer<typeof dataWaiverSchema>;

export type { DataWaiver, Drain, EndedDrain, ShadowDrain, Termination };
export { dataWaiverSchema, drainSchema, endedDrainSchema, shadowDrainSchema, terminationSchema };
