import * as z from 'zod';
import { gpuPercentsAt, idleLoad, loadSchema } from './load.ts';

/**
 * Where an instance is in its life, in words that fit all three providers; each says it with statuses of its own.
 * `gone`: no request shows it any more, only the bill remembers it.
 */
const phaseSchema = z.enum([
  'booting',
  'running',
  'stopped',
  'terminating',
  'terminated',
  'preempted',
  'gone',
]);
type Phase = z.infer<typeof phaseSchema>;

/** What is rented, in the provider's own words. */
const offerSchema = z.object({
  /** The instance type (Lambda) or GPU name. */
  type: z.string(),
  gpuCount: z.int().positive(),
  region: z.string(),
  /** The whole instance while it runs, without its disk where that is billed apart. */
  microUsdPerHour: z.int().nonnegative(),
  /** The disk: billed apart (Vast), or once the instance is stopped (RunPod). */
  storageMicroUsdPerHour: z.int().nonnegative(),
  diskGigabytes: z.int().positive(),
  interruptible: z.boolean(),
});
type Offer = z.infer<typeof offerSchema>;

/** What an instance costs at a moment. */
const chargeSchema = z.enum(['nothing', 'storage', 'full', 'full-and-storage']);
type Charge = z.infer<typeof chargeSchema>;

const meterSchema = z.object({
  /** Of the session that runs; 0 when nothing is billed. */
  microUsdPerHour: z.int().nonnegative(),
  sinceMs: z.number(),
  /** Closed sessions, micro-dollars times milliseconds: whole numbers beyond what a double holds. */
  closed: z.string().regex(/^\d+$/),
});

const simInstanceSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Of the machine's folder, under the folder of all machines. */
  folder: z.string(),
  offer: offerSchema,
  address: z.string(),
  phase: phaseSchema,
  createdAtMs: z.number(),
  runningSinceMs: z.number().optional(),
  /** When the phase ends by itself. */
  phaseEndsAtMs: z.number().optional(),
  load: loadSchema.default(idleLoad),
  /** What the provider says of the GPUs, true or not: percent for each; null: it has no data. Absent: what they do. */
  gpuUtilization: z.array(z.number()).nullable().optional(),
  meter: meterSchema,
  /** Overwrites fields of the provider's answer: a status that nobody knows, a null. */
  answerFields: z.record(z.string(), z.unknown()),
  /** Overrules what the phase costs. */
  charge: chargeSchema.optional(),
});
type SimInstance = z.infer<typeof simInstanceSchema>;

/** Percent for each GPU, as the provider shows it; null: it has no data. */
const shownUtilization = (
  { gpuUtilization, load, offer }: SimInstance,
  nowMs: number,
): readonly number[] | null =>
  gpuUtilization === undefined ? gpuPercentsAt(load, offer.gpuCount, nowMs) : gpuUtilization;

export type { Charge, Offer, Phase, SimInstance };
export { chargeSchema, offerSchema, shownUtilization, simInstanceSchema };
