import * as z from 'zod';
import { artifactIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

/** Why a command failed: one vocabulary for reports, ledger, metrics and screens. */
const failureClassSchema = z.enum([
  'checksum-mismatch',
  'structure-invalid',
  'too-small',
  'path-refused',
  'unknown-command',
  'invalid-command',
  'not-found',
  'no-space',
  'stalled',
  'deadline-passed',
  'draining',
  'interrupted',
  'store-unreachable',
  'store-refused',
  'io-error',
  /** The node's own pre-stop hook failed or took too long. */
  'hook-failed',
  /** Written by the control plane: no answer came before the deadline. */
  'no-answer',
  /** Written by the control plane: the node ended or was revoked. */
  'node-gone',
]);
type FailureClass = z.infer<typeof failureClassSchema>;

/** Failures that a repeat cannot mend; every other class is retried. */
const permanentFailures: ReadonlySet<FailureClass> = new Set<FailureClass>([
  'checksum-mismatch',
  'structure-invalid',
  'too-small',
  'path-refused',
  'unknown-command',
  'invalid-command',
  'node-gone',
]);

const commandHandle = { commandId: z.string().min(1).max(128), attempt: z.int().positive() };

/** The bytes move: sent at the start of a transfer, and then at most every 30 s. */
const commandProgressSchema = z.object({
  ...commandHandle,
  bytesDone: z.int().nonnegative(),
  bytesTotal: z.int().nonnegative(),
});

/** For `pull` and `verify`: what the agent found on its own disk. */
const verifiedFileSchema = z.object({
  artifactId: artifactIdSchema,
  bytes: z.int().nonnegative(),
  path: z.string(),
  /** Bytes that came over the network for it: 0 when it was there already. */
  transferredBytes: z.int().nonnegative(),
  durationSeconds: z.number().nonnegative(),
  /** The promotion that the `current` link follows now, when the command asked for the link. */
  currentPromotedAt: timestampSchema.optional(),
});

const commandResultSchema = z.discriminatedUnion('outcome', [
  z.object({
    ...commandHandle,
    commandType: z.string().max(64),
    outcome: z.literal('succeeded'),
    file: verifiedFileSchema.optional(),
    drain: z
      .object({
        drainId: z.string(),
        epoch: z.int().positive(),
        /** For `drain`: what the agent promises, and the inventory that it took for this acknowledgement. */
        drainUntil: timestampSchema.optional(),
        inventoryDigest: artifactIdSchema.optional(),
        bootId: z.string().max(128).optional(),
      })
      .optional(),
    /** For `configure`: the configuration that is in force now. */
    configDigest: z.string().max(64).optional(),
  }),
  z.object({
    ...commandHandle,
    commandType: z.string().max(64),
    outcome: z.literal('failed'),
    failure: z.object({ class: failureClassSchema, message: z.string().max(2000) }),
    /** For `pull`, `verify`, `delete`: what it was about, so that the ledger needs no look-up. */
    artifactId: artifactIdSchema.optional(),
  }),
]);
type CommandResult = z.infer<typeof commandResultSchema>;
type CommandProgress = z.infer<typeof commandProgressSchema>;

export type { CommandProgress, CommandResult, FailureClass };
export { commandProgressSchema, commandResultSchema, failureClassSchema, permanentFailures };
