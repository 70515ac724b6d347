import * as z from 'zod';
import { artifactIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

/**
 * Why an attempt did not succeed. `transient`: another attempt may do. `permanent`: it cannot. `evidence-missing`: it says that it is
 * done, and shows nothing for it. `timeout`: not done within its limit. `preempted`: the node had to give it back.
 */
const workFailureClassSchema = z.enum(['transient', 'permanent', 'evidence-missing', 'timeout', 'preempted']);
type WorkFailureClass = z.infer<typeof workFailureClassSchema>;

/**
 * Why a node gives a lease back; none of them is the job's fault, so it costs no attempt. `spot-notice` is for agents where a provider has
 * one beside SIGTERM; none of those that Drover knows does (providers.md).
 */
const releaseReasonSchema = z.enum([
  'draining',
  'sigterm',
  'spot-notice',
  'agent-restart',
  'cancelled',
  'no-slot',
  'template-unknown',
  'late',
]);
type ReleaseReason = z.infer<typeof releaseReasonSchema>;

/** Bytes of the job's own words that travel with its result. */
const LOG_TAIL_BYTES = 64 * 1024;

/** Which right to run it is about. A token that holds no more is refused. */
const handle = {
  token: z.string().min(1).max(128),
  workId: z.string().min(1).max(128),
  attempt: z.int().positive(),
};

const ended = {
  ...handle,
  durationSeconds: z.number().nonnegative(),
  logTail: z.string().max(LOG_TAIL_BYTES),
};

/** What an agent says of one piece of work. */
const workReportSchema = z.discriminatedUnion('state', [
  /** The program runs. */
  z.object({ ...handle, state: z.literal('started'), startedAt: timestampSchema }),
  z.object({
    ...ended,
    state: z.literal('succeeded'),
    exitCode: z.literal(0),
    /** What the job wrote into its result file. */
    evidence: z.record(z.string().max(64), z.union([z.string().max(1024), z.number(), z.boolean()])),
    /** Its outputs, each of which the agent brought into the store before it said so. */
    outputs: z.array(artifactIdSchema).max(10_000),
  }),
  z.object({
    ...ended,
    state: z.literal('failed'),
    failureClass: workFailureClassSchema.exclude(['preempted']),
    message: z.string().max(2000),
    exitCode: z.int().optional(),
  }),
  z.object({
    ...handle,
    state: z.literal('released'),
    reason: releaseReasonSchema,
    message: z.string().max(2000),
    logTail: z.string().max(LOG_TAIL_BYTES).optional(),
  }),
]);
type WorkReport = z.infer<typeof workReportSchema>;

/** Work that an agent runs now, in every heartbeat: it renews the lease. */
const runningWorkSchema = z.object({ ...handle, startedAt: timestampSchema });

export type { ReleaseReason, WorkFailureClass, WorkReport };
export { LOG_TAIL_BYTES, releaseReasonSchema, runningWorkSchema, workFailureClassSchema, workReportSchema };
