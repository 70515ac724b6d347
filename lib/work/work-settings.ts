import * as z from 'zod';
import { labelsSchema } from '../artifacts/artifact.ts';
import { jobTemplateSchema, jobTypeSchema, parametersSchema, templateNameSchema } from './job-template.ts';
import { campaignIdSchema } from './work-item.ts';

/** One part of a campaign's mix: how much of its work is of this type, and how such a job is made. */
const mixEntrySchema = z.strictObject({
  template: templateNameSchema.describe('The job template; one stands once in a mix.'),
  share: z
    .number()
    .gt(0)
    .max(1)
    .describe("Of the campaign's work, as a fraction. The shares of a mix sum to 1, as in 0.6, 0.3, 0.1."),
  parameters: parametersSchema.default({}).describe('Values for the parameters of the template.'),
  seed: z
    .string()
    .max(64)
    .optional()
    .describe(
      'A whole-number parameter that gets another value in each job. Without it the jobs of this entry are equal, and as many as needed wait.',
    ),
  minimum: z.int().min(0).max(10_000).optional().describe('So many wait or run at least. Default 0.'),
  maximum: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe(
      'So many wait or run at most: 1 where a second of equal jobs makes no sense. Default: its share decides.',
    ),
});
type MixEntry = z.infer<typeof mixEntrySchema>;

const campaignConfigSchema = z.strictObject({
  labels: labelsSchema.default({}),
  target: z
    .strictObject({ metric: z.string().min(1).max(64), value: z.number() })
    .optional()
    .describe('What the work is for. Once it is reached, the campaign keeps a small maintenance share.'),
  ignoreParticipants: z
    .array(z.string().min(1).max(256))
    .max(100)
    .default([])
    .describe(
      'Globs: ratings of these participants say nothing of the campaign, as of a heuristic opponent.',
    ),
  wantedSamples: z
    .number()
    .positive()
    .optional()
    .describe('So much data it needs: as long as its ratings report fewer samples, its share is larger.'),
  weight: z
    .number()
    .gt(0)
    .max(1000)
    .optional()
    .describe('Its share beside the other campaigns: 2 is twice as much as 1. Default 1.'),
  minimum: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe('So many of its jobs wait or run at least. Default 0.'),
  maximum: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('So many of its jobs wait or run at most. Default: its share decides.'),
  mix: z
    .array(mixEntrySchema)
    .min(1)
    .max(50)
    .describe('What its work is made of, as 60 % selfplay, 30 % training, 10 % tournament.'),
});
type CampaignConfig = z.infer<typeof campaignConfigSchema>;

/** Which job types nodes may run. The first policy that fits a node counts; deny beats allow; no `allow` allows all. */
const nodePolicySchema = z.strictObject({
  match: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(100)
    .describe(
      'Globs over nodeId, provider=…, role=…, gpu=<name> and <label>=<value>; one that fits is enough.',
    ),
  allow: z.array(jobTypeSchema).max(100).optional().describe('Only these job types. Default: all.'),
  deny: z.array(jobTypeSchema).max(100).default([]).describe('None of these, also when `allow` has them.'),
});
type NodePolicy = z.infer<typeof nodePolicySchema>;

/** When what was made must first be used up or brought to safety, before more is made. */
const backpressureConfigSchema = z.strictObject({
  unsyncedGigabytesPerNode: z
    .number()
    .positive()
    .max(100_000)
    .optional()
    .describe(
      'Data that is not in the store yet, on average per node: at 75 % less is made, at 90 % nothing. Default 100.',
    ),
  fullNodesPercent: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe(
      'Nodes whose disk is 93 % used or more: at 75 % of this less is made, at 90 % nothing. Default 50.',
    ),
  trainingBacklog: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Jobs of type training that wait: at 75 % less is made, at 90 % nothing. Default 500.'),
});

const workSectionSchema = z.strictObject({
  templates: z
    .record(templateNameSchema, jobTemplateSchema)
    .default({})
    .describe('What jobs are: programs that nodes run. Only these run; a message can only name one.'),
  campaigns: z.record(campaignIdSchema, campaignConfigSchema).default({}).describe('What work is made for.'),
  nodePolicies: z
    .array(nodePolicySchema)
    .max(100)
    .default([])
    .describe(
      'Which job types nodes may run. The first that fits a node counts; a node that none fits may run all.',
    ),
  jobTypes: z
    .record(
      jobTypeSchema,
      z.strictObject({
        maximum: z
          .int()
          .min(0)
          .max(1_000_000)
          .describe('So many of all campaigns together wait or run at most.'),
      }),
    )
    .optional()
    .describe('Limits of a job type over all campaigns.'),
  horizonSeconds: z
    .int()
    .min(300)
    .max(86_400)
    .optional()
    .describe('As much work waits as the fleet does in this time. Default 7200.'),
  minimumDepth: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe('At least so much waits for each class of nodes that is there. Default 10.'),
  maximumDepth: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('The hard limit of what waits: at 75 % less is made, at 90 % nothing. Default 1000.'),
  backpressure: backpressureConfigSchema.optional().describe('When less is made, or nothing.'),
});

type WorkConfig = z.infer<typeof workSectionSchema>;

export type { CampaignConfig, MixEntry, NodePolicy, WorkConfig };
export { campaignConfigSchema, nodePolicySchema, workSectionSchema };
