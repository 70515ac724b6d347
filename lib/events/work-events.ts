import * as z from 'zod';
import { FUNCTIONS } from '../constants.ts';
import { nodeIdSchema } from '../ids.ts';
import { jobTypeSchema } from '../work/job-template.ts';
import { campaignIdSchema, workClassSchema, workIdSchema, workItemSchema } from '../work/work-item.ts';
import { workFailureClassSchema } from '../work/work-report.ts';
import { define } from './define-event.ts';

/** Which job: every event of work says all of it, so that no consumer has to look it up. */
const aboutWork = {
  workId: workIdSchema,
  campaignId: campaignIdSchema.optional(),
  jobType: jobTypeSchema,
  class: workClassSchema,
};

const onNode = { nodeId: nodeIdSchema, attempt: z.int().positive() };

/** What becomes of jobs. */
const workEvents = {
  WorkSubmitted: define({
    description: 'New work waits for a node, or for other work.',
    producers: ['drover-cli', FUNCTIONS.populateQueue],
    consumers: [FUNCTIONS.dispatchWork],
    fields: z.object({ ...aboutWork, lane: workItemSchema.shape.lane }),
  }),
  WorkStarted: define({
    description: 'The program of a job runs. This is when an attempt counts.',
    producers: [FUNCTIONS.recordReports, FUNCTIONS.dispatchWork],
    consumers: 'audit-only',
    fields: z.object({ ...aboutWork, ...onNode }),
  }),
  WorkSucceeded: define({
    description: 'A job is done: it showed its evidence, and its outputs are in the store. Frees its slot.',
    producers: [FUNCTIONS.recordReports],
    consumers: [FUNCTIONS.dispatchWork, FUNCTIONS.recordOutcomes],
    fields: z.object({
      ...aboutWork,
      ...onNode,
      durationSeconds: z.number().nonnegative(),
      outputCount: z.int().nonnegative(),
    }),
  }),
  WorkFailed: define({
    description:
      'A job failed for good: its last attempt did, or another cannot help, or no node could keep it. Nothing more is tried by itself.',
    producers: [FUNCTIONS.recordReports, FUNCTIONS.dispatchWork],
    consumers: [FUNCTIONS.dispatchWork, FUNCTIONS.recordOutcomes],
    fields: z.object({
      ...aboutWork,
      nodeId: nodeIdSchema.optional(),
      attempts: z.int().nonnegative(),
      failureClass: workFailureClassSchema,
      message: z.string(),
    }),
  }),
  WorkReturned: define({
    description:
      'A node gave a job back, or lost it, or an attempt failed: it waits again, and the slot is free. `countsAsAttempt` says whether it was a failure.',
    producers: [FUNCTIONS.recordReports, FUNCTIONS.dispatchWork],
    consumers: [FUNCTIONS.dispatchWork],
    fields: z.object({
      ...aboutWork,
      ...onNode,
      reason: z.string(),
      message: z.string().optional(),
      countsAsAttempt: z.boolean(),
    }),
  }),
  WorkCancelled: define({
    description: 'A job was ended by somebody, or because work that it waits for did not succeed.',
    producers: ['drover-cli', FUNCTIONS.recordReports, FUNCTIONS.dispatchWork],
    consumers: [FUNCTIONS.dispatchWork],
    fields: z.object({ ...aboutWork, reason: z.string(), nodeId: nodeIdSchema.optional() }),
  }),
} as const;

export { workEvents };
