import * as z from 'zod';
import { FUNCTIONS } from '../constants.ts';
import { timestampSchema } from '../time.ts';
import { backpressureLevelSchema, backpressureReadingSchema } from '../work/backpressure.ts';
import { campaignIdSchema, workClassSchema } from '../work/work-item.ts';
import { define } from './define-event.ts';

/** A null is no value, and no 0: whoever has none sends no event, or leaves the field out. */
const present = (what: string) => (issue: { readonly input?: unknown }) =>
  issue.input === null ? `null is no ${what}: leave the ${what} out, or send no event` : undefined;

/** What campaigns and the filling of the queue give occasion to say. */
const campaignEvents = {
  RatingUpdated: define({
    description:
      "A campaign's metric was measured. The best value only rises; participants that the campaign ignores change nothing.",
    producers: ['pipeline'],
    consumers: [FUNCTIONS.recordRatings],
    fields: z.object({
      campaignId: campaignIdSchema,
      metric: z.string().min(1).max(64),
      value: z.number({ error: present('value') }),
      /** Whose rating it is. */
      participant: z
        .string({ error: present('participant') })
        .min(1)
        .max(256)
        .optional(),
      /** How much data the campaign has by now: games, positions, whatever `wantedSamples` counts. */
      samples: z
        .number({ error: present('count') })
        .nonnegative()
        .optional(),
      /** Default: `occurredAt`. */
      measuredAt: timestampSchema.optional(),
    }),
  }),
  BackpressureChanged: define({
    description:
      'More, less or no work is made, because of what waits downstream: the queue, data that is not in the store, disks, training.',
    producers: [FUNCTIONS.populateQueue],
    consumers: 'audit-only',
    fields: z.object({
      from: backpressureLevelSchema,
      to: backpressureLevelSchema,
      readings: z.array(backpressureReadingSchema),
    }),
  }),
  QueueStarved: define({
    description:
      'Nodes of a class are idle and there is no work for them. Sent once for as long as it lasts.',
    producers: [FUNCTIONS.populateQueue],
    consumers: 'audit-only',
    fields: z.object({
      class: workClassSchema,
      freeSlots: z.int().positive(),
      /** What keeps work from being made, with the number of entries of mixes that it limits. */
      limits: z.record(z.string(), z.int().positive()),
      since: timestampSchema,
    }),
  }),
} as const;

export { campaignEvents };
