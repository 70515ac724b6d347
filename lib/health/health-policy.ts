import * as z from 'zod';
import { HEARTBEAT_INTERVAL_SECONDS } from '../constants.ts';
import { providerSchema } from '../nodes/node.ts';
import { DISK_TIERS } from '../sync/disk-tier.ts';

/** A timeout of fewer intervals declares nodes dead that are merely late (health-and-idle.md 12.22). */
const MIN_INTERVALS_PER_TIMEOUT = 3;
/** Missed beats that are unhealthy: the timeout is as long. */
const MISSED_UNHEALTHY = MIN_INTERVALS_PER_TIMEOUT;

const seconds = z.number().positive();
const percent = z.number().gt(0).max(100);
const count = z.int().positive();
const score = z.int().min(0).max(100);

/** Every setting, in sections. */
const sections = {
  heartbeat: z.strictObject({
    intervalSeconds: seconds.describe('How often agents beat.'),
    timeoutSeconds: seconds.describe('Silent for so long = unhealthy, at least three intervals.'),
    multipliers: z.partialRecord(providerSchema, z.number().min(1).max(10)).describe('Of the timeout.'),
    degradedAfterMissed: count.max(MISSED_UNHEALTHY - 1),
    unreachableAfterMissed: count.min(MISSED_UNHEALTHY + 1),
  }),
  grace: z.strictObject({
    bootSeconds: z
      .number()
      .nonnegative()
      .describe('A node that just became active may be silent for so long.'),
    lateReportSeconds: seconds.describe(
      'Reports that wait longer in their queue make silence prove nothing.',
    ),
  }),
  disk: z.strictObject({ degradedPercent: percent, unhealthyPercent: percent, fullPercent: percent }),
  memory: z.strictObject({ degradedPercent: percent, unhealthyPercent: percent }),
  gpu: z.strictObject({ hotCelsius: z.number().positive() }),
  failedTransfers: z.strictObject({ degraded: count, unhealthy: count }).describe('Failures in a row.'),
  failedWork: z
    .strictObject({ degraded: count })
    .describe('Attempts of jobs in a row that failed by no fault of the job.'),
  score: z.strictObject({
    errorWindowSeconds: z.int().min(60).max(600),
    errorsForZero: count.describe('So many errors in the window are no points.'),
    errorsPerComponent: count.describe('One broken part counts no more than this.'),
    recoveryWindowSeconds: z.int().min(60).max(3600),
  }),
  circuit: z.strictObject({
    failuresToOpen: count,
    halfOpenAfterSeconds: seconds.describe('Then one run may prove that the stage works again.'),
    forgetAfterSeconds: seconds.describe('An open circuit that nobody tries closes after this.'),
  }),
  pause: z.strictObject({
    scoreBelow: score,
    notOperationalPercent: percent,
    evaluations: count.describe('For so many evaluations in a row a trigger must hold.'),
    minimumSeconds: z.number().nonnegative(),
    resumeScore: score,
  }),
} as const;
const policySchema = z.strictObject(sections);
type HealthPolicy = z.infer<typeof policySchema> & {
  readonly heartbeat: { readonly multipliers: Readonly<Record<z.infer<typeof providerSchema>, number>> };
};

/** The sources of the numbers are health-and-idle.md sections 4 to 13. */
const DEFAULTS: HealthPolicy = {
  heartbeat: {
    intervalSeconds: HEARTBEAT_INTERVAL_SECONDS,
    // Leaves each beat 10 s to be late.
    timeoutSeconds: 120,
    multipliers: { vast: 2.5, 'lambda-labs': 2, runpod: 2, static: 1 },
    degradedAfterMissed: 1,
    unreachableAfterMissed: 5,
  },
  grace: { bootSeconds: 300, lateReportSeconds: 60 },
  // 70 is also where distributions stop sending.
  disk: {
    degradedPercent: DISK_TIERS.receive,
    unhealthyPercent: DISK_TIERS.produce,
    fullPercent: DISK_TIERS.emergency,
  },
  memory: { degradedPercent: 90, unhealthyPercent: 98 },
  gpu: { hotCelsius: 90 },
  failedTransfers: { degraded: 1, unhealthy: 3 },
  failedWork: { degraded: 3 },
  score: { errorWindowSeconds: 300, errorsForZero: 10, errorsPerComponent: 5, recoveryWindowSeconds: 3600 },
  circuit: { failuresToOpen: 5, halfOpenAfterSeconds: 120, forgetAfterSeconds: 3600 },
  pause: {
    scoreBelow: 40,
    notOperationalPercent: 50,
    evaluations: 2,
    minimumSeconds: 120,
    resumeScore: 60,
  },
};

/** What a person wrote of it. */
const writtenSchema = z.strictObject({
  heartbeat: sections.heartbeat.partial().optional().describe('When silence is trouble.'),
  grace: sections.grace.partial().optional().describe('When silence proves nothing.'),
  disk: sections.disk.partial().optional().describe('Percent used.'),
  memory: sections.memory.partial().optional().describe('Percent used.'),
  gpu: sections.gpu.partial().optional(),
  failedTransfers: sections.failedTransfers.partial().optional(),
  failedWork: sections.failedWork.partial().optional(),
  score: sections.score.partial().optional().describe('What the health score counts.'),
  circuit: sections.circuit.partial().optional().describe('Of training, evaluation and promotion.'),
  pause: sections.pause.partial().optional().describe('When no new work starts, and when it may again.'),
});
type HealthConfig = z.infer<typeof writtenSchema>;

/** All that decides, with the defaults where nothing was written. */
const resolveHealthPolicy = (written: HealthConfig): HealthPolicy => {
  const { heartbeat, ...others } = policySchema.parse(
    Object.fromEntries(
      policySchema.keyof().options.map((section) => [section, { ...DEFAULTS[section], ...written[section] }]),
    ),
  );
  const multipliers = { ...DEFAULTS.heartbeat.multipliers, ...heartbeat.multipliers };
  return { ...others, heartbeat: { ...heartbeat, multipliers } };
};

/** The section `health` of fleet.yaml. It keeps what was written. */
const healthConfigSchema = writtenSchema.superRefine((written, context) => {
  // Runs also when a value elsewhere is refused already, so nothing but these two is taken from it.
  const {
    timeoutSeconds = DEFAULTS.heartbeat.timeoutSeconds,
    intervalSeconds = DEFAULTS.heartbeat.intervalSeconds,
  } = written.heartbeat ?? {};
  if (timeoutSeconds >= MIN_INTERVALS_PER_TIMEOUT * intervalSeconds) return;
  context.addIssue({
    code: 'custom',
    path: ['heartbeat', 'timeoutSeconds'],
    message: `timeoutSeconds (${timeoutSeconds}) must be at least ${MIN_INTERVALS_PER_TIMEOUT} times intervalSeconds (${intervalSeconds}): a shorter one declares nodes dead that are only late`,
    input: written,
  });
});

export type { HealthConfig, HealthPolicy };
export { healthConfigSchema, MISSED_UNHEALTHY, resolveHealthPolicy };
