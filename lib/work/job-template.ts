import { createHash } from 'node:crypto';
import * as z from 'zod';
import { artifactKindSchema, labelsSchema } from '../artifacts/artifact.ts';
import { globSchema } from '../commands/glob.ts';
import {
  describeParameter,
  isAllowed,
  type Parameter,
  type Parameters,
  parameterSchema,
  parametersSchema,
} from './parameter.ts';
import { placeholdersIn } from './placeholders.ts';

/** A word for what a job does: `selfplay`, `training`, `tournament`, or any other. */
const jobTypeSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'a job type is a lower-case letter, then letters, digits, _ and -');

const templateNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'a template name is a letter, then letters, digits, _ . and -');

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

/** The fields of a template, without what they demand of each other. */
const fieldsSchema = z.strictObject({
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
type JobTemplate = z.infer<typeof fieldsSchema>;

/** What in a template contradicts the rest of it: where, and why. */
const contradictionsIn = ({ command, parameters, outputs }: JobTemplate): [PropertyKey[], string][] => {
  const unknown = (path: PropertyKey[], text: string): [PropertyKey[], string][] =>
    placeholdersIn(text)
      .filter((name) => !Object.hasOwn(parameters, name))
      .map((name) => [path, `{${name}} is no parameter of this template: declare it under parameters`]);
  const [program = '', ...programArguments] = command ?? [];
  return [
    ...placeholdersIn(program).map((name): [PropertyKey[], string] => [
      ['command', 0],
      `{${name}} cannot stand in the program: no work item says what runs`,
    ]),
    ...programArguments.flatMap((argument, index) => unknown(['command', index + 1], argument)),
    ...outputs.flatMap(({ name }, index) => unknown(['outputs', index, 'name'], name)),
    ...Object.entries(parameters).flatMap(([name, parameter]): [PropertyKey[], string][] =>
      parameter.default === undefined || isAllowed(parameter, parameter.default)
        ? []
        : [[['parameters', name, 'default'], `must be ${describeParameter(parameter)}`]],
    ),
  ];
};

/** How a kind of job runs: named by work items, written by people. No message can say what runs. */
const jobTemplateSchema = fieldsSchema.superRefine((template, context) => {
  for (const [path, message] of contradictionsIn(template)) {
    context.addIssue({ code: 'custom', path, message });
  }
});

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
