import * as z from 'zod';
import { FUNCTIONS } from '../constants.ts';
import { healthLevelSchema } from '../health/fleet-health.ts';
import { nodeIdSchema } from '../ids.ts';
import { nodeHealthReasonSchema, nodeHealthStateSchema } from '../nodes/node-health.ts';
import { timestampSchema } from '../time.ts';
import { define } from './define-event.ts';

/** One run of a stage of the training pipeline, in the pipeline's own words. */
const run = {
  runId: z.string().min(1).max(256),
  name: z.string().max(256).optional(),
};

const stageFailed = (stage: string) =>
  define({
    description: `A run of ${stage} failed. Five in a row open the circuit of this stage, which pauses the pipeline.`,
    producers: ['pipeline'],
    consumers: [FUNCTIONS.recordOutcomes],
    fields: z.object({ ...run, message: z.string().max(2000).optional() }),
  });

const stageCompleted = (stage: string) =>
  define({
    description: `A run of ${stage} ended well: proof that the stage works, which closes its circuit.`,
    producers: ['pipeline'],
    consumers: [FUNCTIONS.recordOutcomes],
    fields: z.object(run),
  });

const scoreSchema = z.int().min(0).max(100);

/** What the health of fleet and pipeline gives occasion to say; each on change only. */
const healthEvents = {
  TrainingFailed: stageFailed('training'),
  TrainingCompleted: stageCompleted('training'),
  EvaluationFailed: stageFailed('evaluation'),
  EvaluationCompleted: stageCompleted('evaluation'),
  /** Its success is `ModelPromoted`. */
  PromotionFailed: stageFailed('promotion'),
  NodeHealthChanged: define({
    description: 'The health of a node is another one. One that is well again takes work.',
    producers: [FUNCTIONS.scoreHealth],
    consumers: [FUNCTIONS.dispatchWork],
    fields: z.object({
      nodeId: nodeIdSchema,
      provider: z.string(),
      from: nodeHealthStateSchema,
      to: nodeHealthStateSchema,
      reasons: z.array(nodeHealthReasonSchema),
      heartbeatAt: timestampSchema.optional(),
    }),
  }),
  SystemHealthChanged: define({
    description: 'The level of the health score is another one.',
    producers: [FUNCTIONS.scoreHealth],
    consumers: 'audit-only',
    fields: z.object({
      from: healthLevelSchema,
      to: healthLevelSchema,
      /** Absent: nothing is known. */
      score: scoreSchema.optional(),
      explanation: z.array(z.string()),
    }),
  }),
  PipelinePaused: define({
    description: 'The pipeline should start no new work, for these reasons. It resumes by itself.',
    producers: [FUNCTIONS.scoreHealth],
    consumers: 'audit-only',
    fields: z.object({ reasons: z.array(z.string()), score: scoreSchema.optional() }),
  }),
  PipelineResumed: define({
    description: 'The reasons of the pause are gone, for long enough: the pipeline may start work again.',
    producers: [FUNCTIONS.scoreHealth],
    consumers: 'audit-only',
    fields: z.object({ pausedAt: timestampSchema, score: scoreSchema.optional() }),
  }),
  ObserverSuspected: define({
    description:
      'So many nodes seem to fail at once that Drover doubts its own view: no verdict on them, and nothing is destroyed.',
    producers: [FUNCTIONS.scoreHealth],
    consumers: 'audit-only',
    fields: z.object({ changed: z.int().positive(), expected: z.int().positive() }),
  }),
} as const;

export { healthEvents };
