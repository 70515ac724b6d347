import * as z from 'zod';
import { timestampSchema } from '../time.ts';

const nodeHealthStateSchema = z.enum(['healthy', 'degraded', 'unhealthy', 'unreachable', 'unknown']);
type NodeHealthState = z.infer<typeof nodeHealthStateSchema>;

/** Why a node is in its state: one vocabulary for items, events, metrics and screens. */
const nodeHealthReasonSchema = z.enum([
  'beating',
  'missed-heartbeats',
  /** One good beat after trouble; the second makes it healthy. */
  'recovering',
  'booting',
  'never-heard',
  /** Reports wait in the queue for more than a minute: silence proves nothing. */
  'reports-late',
  /** The brake on mass failure is on: a verdict would say more about the observer than about the node. */
  'observer-suspect',
  'disk-filling',
  'disk-full',
  'memory-high',
  'memory-full',
  'gpu-memory-errors',
  'gpu-row-remap-failed',
  'gpu-driver-errors',
  'gpu-hot',
  'failed-transfers',
  'failed-work',
  'provider-says-unhealthy',
  'provider-says-ended',
  /** Nobody evaluated the fleet lately: what was found before says nothing about now. */
  'not-evaluated',
]);
type NodeHealthReason = z.infer<typeof nodeHealthReasonSchema>;

/** The health of a node, as its item has it. Written only when it changes. */
const nodeHealthSchema = z.object({
  state: nodeHealthStateSchema,
  since: timestampSchema,
  reasons: z.array(nodeHealthReasonSchema),
  /** The state that was told before this one; absent: this is the first. */
  from: nodeHealthStateSchema.optional(),
  /** When it last became unhealthy or unreachable, whether it recovered since or not. */
  turnedBadAt: timestampSchema.optional(),
  /** The first good beat after trouble. */
  firstGoodBeatAt: timestampSchema.optional(),
});
type NodeHealth = z.infer<typeof nodeHealthSchema>;

export type { NodeHealth, NodeHealthReason, NodeHealthState };
export { nodeHealthReasonSchema, nodeHealthSchema, nodeHealthStateSchema };
