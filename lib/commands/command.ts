import * as z from 'zod';
import { artifactKindSchema, segmentSchema } from '../artifacts/artifact.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import { parametersSchema, requirementsSchema, templateNameSchema } from '../work/job-template.ts';
import { workIdSchema } from '../work/work-item.ts';
import { nodeConfigurationSchema } from './node-configuration.ts';

const common = {
  schemaVersion: z.literal(1),
  commandId: z.string().min(1).max(128),
  nodeId: nodeIdSchema,
  attempt: z.int().positive(),
  issuedAt: timestampSchema,
  /** Past this the agent answers `deadline-passed` and does nothing. */
  deadlineAt: timestampSchema,
};

/** Point `<kind folder>/<name>/current` at this version, unless a later promotion already did. */
const currentLinkSchema = z.object({ promotedAt: timestampSchema });

const artifactFields = {
  artifactId: artifactIdSchema,
  kind: artifactKindSchema,
  name: segmentSchema,
  version: segmentSchema,
  bytes: z.int().nonnegative(),
  /** Relative to the data root; the agent refuses anything that leaves it. */
  path: z.string().min(1).max(1024),
  current: currentLinkSchema.optional(),
};

/** Bring the artifact from the object store to `path`, verified. Done at once when it is there already. */
const pullCommandSchema = z.object({
  ...common,
  type: z.literal('pull'),
  ...artifactFields,
  store: z.object({ bucket: z.string(), key: z.string() }),
  bandwidthBytesPerSecond: z.int().positive().optional(),
});

/** Bring the artifact, which the node holds, from its disk into the object store. Done at once when the store has it. */
const pushCommandSchema = z.object({
  ...common,
  type: z.literal('push'),
  ...artifactFields,
});

/** Hash what is on disk at `path` and say whether it is the artifact. */
const verifyCommandSchema = z.object({ ...common, type: z.literal('verify'), ...artifactFields });

/** Remove the file at `path`, if it is the artifact. */
const deleteCommandSchema = z.object({
  ...common,
  type: z.literal('delete'),
  artifactId: artifactIdSchema,
  path: z.string().min(1).max(1024),
});

/** Start nothing new, finish or release what runs, then acknowledge with `drainId` and `epoch`. */
const drainCommandSchema = z.object({
  ...common,
  type: z.literal('drain'),
  drainId: z.string(),
  epoch: z.int().positive(),
  drainUntil: timestampSchema,
  reason: z.string(),
  /** What becomes of running work: it is waited for, or given back for another node. Absent: `finish`. */
  work: z.enum(['finish', 'release']).optional(),
});

/** End the drain `drainId` (or any older epoch) and accept work again. */
const resumeCommandSchema = z.object({
  ...common,
  type: z.literal('resume'),
  drainId: z.string(),
  epoch: z.int().positive(),
});

/** What the agent looks at and claims, from `fleet.yaml`: globs only, nothing that runs. */
const configureCommandSchema = z.object({
  ...common,
  type: z.literal('configure'),
  configuration: nodeConfigurationSchema,
});

/** Upload what the claims of the node's configuration match, now. */
const flushCommandSchema = z.object({ ...common, type: z.literal('flush') });

/**
 * Start one job of a template that the node knows, under a lease. Answered when the program runs; what becomes of it follows in `work`
 * reports. Past its deadline the work may be another node's already.
 */
const runCommandSchema = z.object({
  ...common,
  type: z.literal('run'),
  token: z.string().min(1).max(128),
  workId: workIdSchema,
  /** The attempt of the work, not of this command. */
  workAttempt: z.int().positive(),
  template: templateNameSchema,
  /** Of the template as it was when the work was made; absent: the node's own. Another digest is refused. */
  templateDigest: z.string().max(64).optional(),
  parameters: parametersSchema,
  requires: requirementsSchema,
  campaignId: z.string().max(64).optional(),
});

/** End the job that runs under this token, and give the work back. */
const cancelCommandSchema = z.object({
  ...common,
  type: z.literal('cancel'),
  token: z.string().min(1).max(128),
  workId: workIdSchema,
  reason: z.string().max(500),
});

/** A message in a node's own queue. */
const commandSchema = z.discriminatedUnion('type', [
  pullCommandSchema,
  pushCommandSchema,
  verifyCommandSchema,
  deleteCommandSchema,
  drainCommandSchema,
  resumeCommandSchema,
  configureCommandSchema,
  flushCommandSchema,
  runCommandSchema,
  cancelCommandSchema,
]);
type Command = z.infer<typeof commandSchema>;
type PullCommand = z.infer<typeof pullCommandSchema>;
type RunCommand = z.infer<typeof runCommandSchema>;
type PushCommand = z.infer<typeof pushCommandSchema>;

/** Just enough to answer a command of a type (or shape) that this agent does not know. */
const commandHeaderSchema = z.looseObject({
  commandId: common.commandId,
  attempt: common.attempt.catch(1),
  type: z.string().catch('unknown'),
});

export type { Command, PullCommand, PushCommand, RunCommand };
export { commandHeaderSchema, commandSchema };
