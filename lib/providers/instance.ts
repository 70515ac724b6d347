import * as z from 'zod';
import { providerSchema } from '../nodes/node.ts';
import { timestampSchema } from '../time.ts';

const instanceStatusSchema = z.enum([
  'booting',
  'running',
  'unhealthy',
  'stopping',
  'stopped',
  'terminating',
  'terminated',
  'preempted',
  /** A word that this version does not know: `rawStatus` has it. Never a reason to terminate. */
  'unknown',
]);
type InstanceStatus = z.infer<typeof instanceStatusSchema>;

/** Millionths of a dollar per hour: an integer, so that sums are exact. */
const microUsdPerHourSchema = z.int().nonnegative();

/**
 * One instance as its provider lists it, in the words of Drover. An absent field means that the provider does not
 * say: it is never 0, and never false. What may be secret in a provider's answer (tokens, environment) has no field.
 */
const instanceSchema = z.object({
  provider: providerSchema,
  instanceId: z.string().min(1).max(256),
  status: instanceStatusSchema,
  /** The provider's own word. */
  rawStatus: z.string(),
  name: z.string().optional(),
  /** The public address, where the provider reports one. */
  address: z.string().optional(),
  region: z.string().optional(),
  gpuType: z.string().optional(),
  gpuCount: z.int().nonnegative().optional(),
  /** 0 to 100, one per GPU (Vast: one number for all). Absent = no data, or data for some GPUs only. */
  gpuUtilizationPercent: z.array(z.number().min(0).max(100)).min(1).optional(),
  /** The whole instance while it runs, with its disk. */
  priceMicroUsdPerHour: microUsdPerHourSchema.optional(),
  /** What it costs while it is stopped. */
  storagePriceMicroUsdPerHour: microUsdPerHourSchema.optional(),
  /**
   * What is charged at this moment, storage included: the number to integrate for spend. 0 exactly when `bills` is
   * false; absent = the amount is unknown.
   */
  chargeMicroUsdPerHour: microUsdPerHourSchema.optional(),
  /** Whether anything is charged at this moment. */
  bills: z.union([z.boolean(), z.literal('unknown')]),
  interruptible: z.boolean().optional(),
  /** The provider itself protects it against stopping or terminating. */
  locked: z.boolean().optional(),
  createdAt: timestampSchema.optional(),
});
type Instance = z.infer<typeof instanceSchema>;

export type { Instance, InstanceStatus };
export { instanceSchema, instanceStatusSchema };
