import * as z from 'zod';
import { HEARTBEAT_INTERVAL_SECONDS } from '../constants.ts';
import { providerSchema } from '../nodes/node.ts';

/** A timeout of fewer intervals declares nodes dead that are merely late (health-and-idle.md 12.22). */
const MIN_INTERVALS_PER_TIMEOUT = 3;
/** Missed beats that are unhealthy: the timeout is as long. */
const MISSED_UNHEALTHY = MIN_INTERVALS_PER_TIMEOUT;

const percentSchema = z.number().gt(0).max(100);

/** How patient we are with each provider's network (health-and-idle.md 12.19). */
const DEFAULT_MULTIPLIERS = { vast: 2.5, 'lambda-labs': 2, runpod: 2, static: 1 } as const;

/** Silence, in beats. The timeout is what three missed beats take; one beat is a third of it. */
const heartbeatPolicySchema = z
  .strictObject({
    intervalSeconds: z.number().positive().default(HEARTBEAT_INTERVAL_SECONDS),
    /** Silent for so long = unhealthy. 120 s leaves each beat 10 s to be late. */
    timeoutSeconds: z.number().positive().default(120),
    /** Of the timeout, per provider. */
    multipliers: z
      .partialRecord(providerSchema, z.number().min(1).max(10))
      .default({})
      .transform((own) => ({ ...DEFAULT_MULTIPLIERS, ...own })),
    degradedAfterMissed: z.int().positive().default(1),
    unreachableAfterMissed: z.int().positive().default(5),
  })
  .refine(
    ({ timeoutSeconds, intervalSeconds }) => timeoutSeconds >= MIN_INTERVALS_PER_TIMEOUT * intervalSeconds,
    `timeoutSeconds must be at least ${MIN_INTERVALS_PER_TIMEOUT} times intervalSeconds: a shorter one declares nodes dead that are only late`,
  )
  .refine(
    ({ degradedAfterMissed, unreachableAfterMissed }) =>
      degradedAfterMissed < MISSED_UNHEALTHY && unreachableAfterMissed > MISSED_UNHEALTHY,
    'degradedAfterMissed must be below 3 and unreachableAfterMissed above 3: three missed beats are unhealthy',
  );

/** The section `health` of fleet.yaml. Every default works; the sources of the numbers are in health-and-idle.md sections 4 to 13. */
const healthPolicySchema = z.strictObject({
  heartbeat: heartbeatPolicySchema.prefault({}),
  /** A node that just became active, or boots again, may be silent for so long. */
  bootGraceSeconds: z.number().nonnegative().default(300),
  /** Reports that waited longer in the queue make silence prove nothing. */
  lateReportSeconds: z.number().positive().default(60),
  /** Percent used. 70 is also where distributions stop sending. */
  disk: z
    .strictObject({
      degradedPercent: percentSchema.default(70),
      unhealthyPercent: percentSchema.default(93),
      /** Nothing can be written any more: a reason of its own. */
      fullPercent: percentSchema.default(96),
    })
    .prefault({}),
  memory: z
    .strictObject({
      degradedPercent: percentSchema.default(90),
      unhealthyPercent: percentSchema.default(98),
    })
    .prefault({}),
  gpu: z.strictObject({ hotCelsius: z.number().positive().default(90) }).prefault({}),
  /** Failures in a row. */
  failedTransfers: z
    .strictObject({ degraded: z.int().positive().default(1), unhealthy: z.int().positive().default(3) })
    .prefault({}),
  score: z
    .strictObject({
      errorWindowSeconds: z.int().min(60).max(600).default(300),
      /** So many errors in the window = zero points. */
      errorsForZero: z.int().positive().default(10),
      /** One broken part must not hide the others. */
      errorsPerComponent: z.int().positive().default(5),
      recoveryWindowSeconds: z.int().min(60).max(3600).default(3600),
    })
    .prefault({}),
  circuit: z
    .strictObject({
      failuresToOpen: z.int().positive().default(5),
      /** From open to half-open: then one attempt may prove that it works again. */
      halfOpenAfterSeconds: z.number().positive().default(120),
      /** A half-open circuit that nobody tries closes: every block ends. */
      forgetAfterSeconds: z.number().positive().default(3600),
    })
    .prefault({}),
  pause: z
    .strictObject({
      scoreBelow: z.int().min(0).max(100).default(40),
      notOperationalPercent: percentSchema.default(50),
      evaluations: z.int().positive().default(2),
      minimumSeconds: z.number().nonnegative().default(120),
      resumeScore: z.int().min(0).max(100).default(60),
    })
    .prefault({}),
});
type HealthPolicy = z.infer<typeof healthPolicySchema>;

export type { HealthPolicy };
export { healthPolicySchema, MISSED_UNHEALTHY };
