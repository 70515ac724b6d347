import * as z from 'zod';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import {
  evidenceSchema,
  jobTypeSchema,
  parametersSchema,
  requirementsSchema,
  templateNameSchema,
} from './job-template.ts';
import { workFailureClassSchema } from './work-report.ts';

const workIdSchema = z.string().regex(/^w-[0-9a-f]{12,24}$/, 'a work id is w- and 12 to 24 hex digits');

const campaignIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a campaign id is letters, digits and . _ -, at most 64');

/** What kind of node a job needs: `gpu-large` is a GPU of at least 40 GB. Depth is counted by class. */
const workClassSchema = z.enum(['cpu', 'gpu', 'gpu-large']);
type WorkClass = z.infer<typeof workClassSchema>;

/** `blocked` waits for other work; `leased` was given to a node; `running` was started there. */
const workStatusSchema = z.enum([
  'blocked',
  'pending',
  'leased',
  'running',
  'succeeded',
  'failed',
  'cancelled',
]);
type WorkStatus = z.infer<typeof workStatusSchema>;

const OPEN_STATUSES = ['blocked', 'pending', 'leased', 'running'] as const satisfies readonly WorkStatus[];
const isEnded = (status: WorkStatus): boolean => !OPEN_STATUSES.some((open) => open === status);

/** The mark of the lease that the node item holds. The node item decides. */
const workLeaseSchema = z.object({
  token: z.string(),
  nodeId: nodeIdSchema,
  grantedAt: timestampSchema,
  /** Not started by then: it goes to another node, and costs no attempt. */
  startBy: timestampSchema,
  startedAt: timestampSchema.optional(),
});

/**
 * The last lease that ended. What followed from its end (the node's free slot, the event) may have to be done again: a repeat of the
 * report, or the lease that the node still has, is recognized by it.
 */
const settledLeaseSchema = z.object({
  token: z.string(),
  nodeId: nodeIdSchema,
  attempt: z.int().positive(),
  /** `failed` for good; `retried` failed, and waits for another attempt; `returned` waits again without one. */
  as: z.enum(['succeeded', 'failed', 'retried', 'returned', 'cancelled']),
  reason: z.string(),
  /** What the node said that ended it; absent: Drover took it from the node. */
  reported: z.enum(['succeeded', 'failed', 'released']).optional(),
  at: timestampSchema,
});
type SettledLease = z.infer<typeof settledLeaseSchema>;

/**
 * What is to be told of a change, and may not have been yet: written in the same write as the change, taken off once it was told.
 * An event has to be told also after the item went on, so it is all here.
 */
const untoldSchema = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('started'),
    token: z.string(),
    nodeId: nodeIdSchema,
    attempt: z.int().positive(),
    at: timestampSchema,
  }),
  z.object({
    what: z.literal('settled'),
    lease: settledLeaseSchema,
    /** As counted then. */
    attempts: z.int().nonnegative(),
    failure: z.object({ class: workFailureClassSchema, message: z.string() }).optional(),
    result: z.object({ durationSeconds: z.number(), outputCount: z.int() }).optional(),
  }),
  /** Ended without a lease. */
  z.object({ what: z.literal('cancelled'), reason: z.string(), at: timestampSchema }),
  /** Waits again, because somebody wants it tried again. */
  z.object({ what: z.literal('retried'), at: timestampSchema }),
]);
type Untold = z.infer<typeof untoldSchema>;

/** An attempt that did not succeed. */
const workFailureSchema = z.object({
  attempt: z.int().positive(),
  nodeId: nodeIdSchema.optional(),
  at: timestampSchema,
  class: workFailureClassSchema,
  message: z.string().max(2000),
});

/** One job: everything that decides about it is in this item. */
const workItemSchema = z.object({
  workId: workIdSchema,
  /** Absent: a person submitted it, for no campaign. */
  campaignId: campaignIdSchema.optional(),
  jobType: jobTypeSchema,
  template: templateNameSchema,
  /** Digest of the template that it was made from; absent: the node has its own. */
  templateDigest: z.string().optional(),
  parameters: parametersSchema,
  requires: requirementsSchema,
  evidence: evidenceSchema,
  class: workClassSchema,
  lane: z.enum(['urgent', 'normal']),
  status: workStatusSchema,
  createdAt: timestampSchema,
  createdBy: z.string(),
  /** Not given to a node before that. */
  availableAt: timestampSchema,
  /** Equal work has the same key, so that none is made twice while it waits. */
  duplicateKey: z.string(),
  /** Work that must succeed first and has not yet. */
  waitsFor: z.array(workIdSchema).max(50),
  /** Attempts that were started. */
  attempts: z.int().nonnegative(),
  maxAttempts: z.int().positive(),
  /** Times it came back without fault of its own. */
  returns: z.int().nonnegative(),
  lease: workLeaseSchema.optional(),
  settled: settledLeaseSchema.optional(),
  /** In the order in which it happened; absent: all was told. */
  untold: z.array(untoldSchema).optional(),
  failures: z.array(workFailureSchema).max(20),
  /** Nodes that get it no more before the instant: it failed there. */
  avoid: z.record(nodeIdSchema, timestampSchema),
  cancelRequestedBy: z.string().optional(),
  endedAt: timestampSchema.optional(),
  /** Why it ended, where no attempt says so. */
  endReason: z.string().max(500).optional(),
  result: z
    .object({
      nodeId: nodeIdSchema,
      durationSeconds: z.number().nonnegative(),
      evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      /** How many artifacts it made. */
      outputCount: z.int().nonnegative(),
    })
    .optional(),
  revision: z.int().nonnegative(),
});
type WorkItem = z.infer<typeof workItemSchema>;

/** What is known of the last attempt beside the item. */
const workDetailsSchema = z.object({
  token: z.string(),
  at: timestampSchema,
  /** The end of what it printed. */
  logTail: z.string(),
  /** The artifacts that it made. */
  outputs: z.array(artifactIdSchema),
});
type WorkDetails = z.infer<typeof workDetailsSchema>;

export type { SettledLease, Untold, WorkClass, WorkDetails, WorkItem, WorkStatus };
export {
  campaignIdSchema,
  isEnded,
  OPEN_STATUSES,
  workClassSchema,
  workDetailsSchema,
  workIdSchema,
  workItemSchema,
  workStatusSchema,
};
