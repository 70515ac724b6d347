import { createHash } from 'node:crypto';
import * as z from 'zod';
import { artifactKindSchema, labelsSchema } from '../artifacts/artifact.ts';
import { globSchema } from '../commands/glob.ts';

/** A word for what a job does: `selfplay`, `training`, `tournament`, or any other. */
const jobTypeSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'a job type is a lower-case letter, then letters, digits, _ and -');

const templateNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'a template name is a letter, then letters, digits, _ . and -');

/** A parameter's value: what one argument of a program can say. */
const parameterValueSchema = z.union([z.string().max(1024), z.number(), z.boolean()]);
const parametersSchema = z.record(z.string(), parameterValueSchema);
type Parameters = z.infer<typeof parametersSchema>;

/** What a work item may say for one parameter. Nothing outside of it reaches a program. */
const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('integer'),
    minimum: z.int().optional(),
    maximum: z.int().optional(),
    default: z.int().optional(),
  }),
  z.strictObject({
    type: z.literal('number'),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    default: z.number().optional(),
  }),
  z.strictObject({ type: z.literal('boolean'), default: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('string'),
    /** Without it: letters, digits and `. _ + - / = : @ ,`, not beginning with `-`, so that no value becomes an option. */
    oneOf: z.array(z.string().max(1024)).min(1).max(200).optional(),
    default: z.string().max(1024).optional(),
  }),
]);
type Parameter = z.infer<typeof parameterSchema>;

/** What a job must hand over before it counts as done: each file is brought into the store and registered. */
const outputSchema = z.strictObject({
  glob: globSchema.describe("Which files, below the job's own folder."),
  kind: artifactKindSchema,
  name: z.string().min(1).max(128).describe('Name of the artifact; {parameter} stands for its value.'),
  labels: labelsSchema.optional(),
  minimum: z.int().min(0).max(10_000).default(1).describe('Fewer files are a failure. Default 1.'),
});

/** What the result must say. A result without its evidence is a failure, whatever the exit code was. */
const evidenceSchema = z.record(
  z.string().min(1).max(64),
  z.strictObject({ minimum: z.number().optional(), maximum: z.number().optional() }),
);

/** What a node must have. */
const requirementsSchema = z.strictObject({
  gpus: z.int().min(0).max(64).default(0).describe('GPUs that the job has for itself. Default 0.'),
  gpuMemoryGigabytes: z.number().positive().max(1000).optional().describe('Memory of each of them.'),
  labels: labelsSchema.optional().describe('Labels that the node must have.'),
});
type Requirements = z.infer<typeof requirementsSchema>;

/** How a kind of job runs: named by work items, written by people. No message can say what runs. */
const jobTemplateSchema = z.strictObject({
  jobType: jobTypeSchema,
  command: z
    .tuple([z.string().min(1)], z.string().max(4096))
    .optional()
    .describe('Program and arguments; {parameter} stands for its value. Without it the node has its own.'),
  parameters: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/), parameterSchema).default({}),
  requires: requirementsSchema.prefault({}),
  workingFolder: z.string().min(1).max(1024).optional().describe('Default: the folder of the job.'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(4096))
    .default({})
    .describe('Variables that the program gets.'),
  passEnvironment: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
    .max(100)
    .default([])
    .describe("Variables of the agent's own that it gets, besides PATH, HOME, LANG, TZ and TMPDIR."),
  timeLimitSeconds: z
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(7200),
  permanentExitCodes: z
    .array(z.int().min(1).max(255))
    .max(50)
    .default([])
    .describe('Exit codes that say that trying again cannot help.'),
  outputs: z.array(outputSchema).max(20).default([]),
  evidence: evidenceSchema.default({}),
  maxAttempts: z.int().min(1).max(10).default(3),
});
type JobTemplate = z.infer<typeof jobTemplateSchema>;

/** The same template has the same digest: 24 hex digits. */
const digestTemplate = (template: JobTemplate): string =>
  createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 24);

export type { JobTemplate, Parameter, Parameters, Requirements };
export {
  digestTemplate,
  evidenceSchema,
  jobTemplateSchema,
  jobTypeSchema,
  parameterSchema,
  parametersSchema,
  requirementsSchema,
  templateNameSchema,
};
