import * as z from 'zod';
import { failureClassSchema } from '../commands/command-result.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

const deliveryStateSchema = z.enum(['pending', 'sent', 'transferring', 'verified', 'failed']);
type DeliveryState = z.infer<typeof deliveryStateSchema>;

/** The ledger row of one artifact on its way to one node: item `NODE#<nodeId>` under the artifact. One row per pair, for ever. */
const deliverySchema = z.object({
  artifactId: artifactIdSchema,
  nodeId: nodeIdSchema,
  state: deliveryStateSchema,
  /** 0 before the first send. Only grows, so that no commandId is ever used twice. */
  attempt: z.int().nonnegative(),
  /** The attempts of earlier rounds: a later distribution reopens a row that failed, with all its attempts again. */
  attemptBase: z.int().nonnegative().default(0),
  /** When this round began; a row that could not be sent for a day fails. */
  openedAt: timestampSchema.optional(),
  /** Of the current attempt. */
  commandId: z.string().optional(),
  /** `pending`: not before this. `sent`, `transferring`: the deadline of the attempt. Absent when terminal. */
  dueAt: timestampSchema.optional(),
  bytesDone: z.int().nonnegative().optional(),
  bytesTotal: z.int().nonnegative(),
  /** The distributions that wait for this row. */
  distributionIds: z.array(z.string()).default([]),
  lastFailure: z.object({ class: failureClassSchema, message: z.string(), at: timestampSchema }).optional(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
  verifiedAt: timestampSchema.optional(),
  /** The promotion that the node's `current` link follows, as far as it reported. */
  currentPromotedAt: timestampSchema.optional(),
  revision: z.int().nonnegative(),
});
type Delivery = z.infer<typeof deliverySchema>;

export type { Delivery, DeliveryState };
export { deliverySchema, deliveryStateSchema };
