import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import { backpressureLevelSchema, backpressureReadingSchema } from './backpressure.ts';
import { jobTypeSchema, templateNameSchema } from './job-template.ts';
import { campaignIdSchema, workClassSchema } from './work-item.ts';

/** Why an entry of a mix got less than it needs, or that it did not. One vocabulary for screens, events and tests. */
const populationLimitSchema = z.enum([
  // It has what it needs.
  'nothing',
  // Nothing is made at all.
  'fleet-held',
  'pipeline-paused',
  'depth-unknown',
  'capacity-unknown',
  'backpressure-stop',
  // Nothing of the entry.
  'campaign-held',
  'no-live-node',
  // Less than it needs.
  'entry-maximum',
  'campaign-maximum',
  'job-type-maximum',
  'queue-full',
  'cycle-full',
  'backpressure-slow',
  'turn-of-others',
]);
type PopulationLimit = z.infer<typeof populationLimitSchema>;

const countSchema = z.int().nonnegative();

/** One entry of a mix in one cycle. */
const populatedEntrySchema = z.object({
  template: templateNameSchema,
  jobType: jobTypeSchema,
  class: workClassSchema,
  waiting: countSchema,
  running: countSchema,
  /** What is missing of its share of the depth that should wait. */
  needed: countSchema,
  made: countSchema,
  limitedBy: populationLimitSchema,
  /** What it is due beyond what it got, within its campaign. */
  carry: z.number(),
  madeAt: timestampSchema.optional(),
});
type PopulatedEntry = z.infer<typeof populatedEntrySchema>;

const populatedCampaignSchema = z.object({
  campaignId: campaignIdSchema,
  /** Its part of all work, as a fraction. */
  entitlement: z.number(),
  /** What it is due beyond what it got, by class. */
  carry: z.partialRecord(workClassSchema, z.number()),
  madeAt: timestampSchema.optional(),
  entries: z.array(populatedEntrySchema),
});
type PopulatedCampaign = z.infer<typeof populatedCampaignSchema>;

const populatedClassSchema = z.object({
  class: workClassSchema,
  nodes: countSchema,
  freeSlots: countSchema,
  /** What waits for a node, of everybody. */
  waiting: countSchema,
  drainedPerHour: z.number().nonnegative(),
  /** So much of campaigns' work should wait. */
  target: countSchema,
  made: countSchema,
  /** Since when nodes are idle and there is no work for them; absent: it is not so. */
  starvedSince: timestampSchema.optional(),
});
type PopulatedClass = z.infer<typeof populatedClassSchema>;

/** The last cycle: what `drover queue explain` shows, and what the next cycle has to know of this one. */
const populationSchema = z.object({
  at: timestampSchema,
  /** Why nothing could be made, in a sentence; absent: it could. */
  stoppedBy: z.object({ limit: populationLimitSchema, message: z.string() }).optional(),
  level: backpressureLevelSchema,
  readings: z.array(backpressureReadingSchema),
  /** Empty while the depth or the nodes are not known. */
  classes: z.array(populatedClassSchema),
  campaigns: z.array(populatedCampaignSchema),
  revision: z.int().positive(),
});
type Population = z.infer<typeof populationSchema>;
type NextPopulation = Omit<Population, 'revision'>;

interface PopulationStore {
  /** Strongly consistent. */
  get(): Promise<Population | undefined>;
  /** Writes the cycle if the last one still has `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(population: NextPopulation, expectedRevision: number | undefined): Promise<boolean>;
}

export type {
  NextPopulation,
  PopulatedCampaign,
  PopulatedClass,
  PopulatedEntry,
  Population,
  PopulationLimit,
  PopulationStore,
};
export { populationLimitSchema, populationSchema };
