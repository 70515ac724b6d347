import * as z from 'zod';
import { labelsSchema } from '../artifacts/artifact.ts';
import { jobTemplateSchema, jobTypeSchema, parametersSchema, templateNameSchema } from './job-template.ts';
import { campaignIdSchema } from './work-item.ts';

/** One part of a campaign's mix: how much of its work is of this type, and how such a job is made. */
const mixEntrySchema = z.strictObject({
  template: templateNameSchema.describe('The job template.'),
  share: z.number().gt(0).max(1).describe("Of the campaign's work, as a fraction."),
  parameters: parametersSchema.default({}).describe('Values for the parameters of the template.'),
  minimum: z.int().min(0).max(10_000).default(0).describe('So many wait or run at least.'),
  maximum: z.int().min(0).max(100_000).optional().describe('No more than that wait.'),
});

const campaignConfigSchema = z.strictObject({
  labels: labelsSchema.default({}),
  target: z
    .strictObject({ metric: z.string().min(1).max(64), value: z.number() })
    .optional()
    .describe('What the work is for. Once it is reached, the campaign keeps a small maintenance share.'),
  /** Participants whose ratings say nothing of the campaign: globs. */
  ignoreParticipants: z.array(z.string().min(1).max(256)).max(100).default([]),
  weight: z.number().gt(0).max(1000).default(1).describe('Its share beside the other campaigns. Default 1.'),
  minimum: z.int().min(0).max(100_000).default(0),
  maximum: z.int().min(0).max(1_000_000).optional(),
  mix: z.array(mixEntrySchema).min(1).max(50),
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
  allow: z.array(jobTypeSchema).max(100).optional(),
  deny: z.array(jobTypeSchema).max(100).default([]),
});
type NodePolicy = z.infer<typeof nodePolicySchema>;

/** The section `work` of fleet.yaml. */
const workConfigSchema = z.strictObject({
  templates: z.record(templateNameSchema, jobTemplateSchema).default({}),
  campaigns: z.record(campaignIdSchema, campaignConfigSchema).default({}),
  nodePolicies: z.array(nodePolicySchema).max(100).default([]),
  horizonSeconds: z.int().min(60).max(86_400).default(7200).describe('So much work waits. Default 2 hours.'),
  minimumDepth: z.int().min(0).max(100_000).default(10),
  maximumDepth: z.int().min(1).max(1_000_000).default(1000),
});
type WorkConfig = z.infer<typeof workConfigSchema>;

export type { CampaignConfig, NodePolicy, WorkConfig };
export { campaignConfigSchema, nodePolicySchema, workConfigSchema };
