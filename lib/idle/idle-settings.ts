import * as z from 'zod';
import { nodeIdSchema } from '../ids.ts';
import { decimalUsdSchema } from '../providers/money.ts';

const DAY_SECONDS = 86_400;

const whole = (from: number, to: number, description: string) =>
  z
    .int(`write a whole number from ${from} to ${to}`)
    .min(from, `at least ${from}`)
    .max(to, `at most ${to}`)
    .describe(description);

const percent = (description: string) =>
  z
    .number('write a percentage as a plain number')
    .gt(0, 'more than 0: nothing is ever below 0 %')
    .max(100, 'at most 100')
    .describe(description);

/** What decides about one node, so it can be set at every level. Sources: health-and-idle 1.1, 2.4 and 13. */
const nodeSettings = {
  gpuIdlePercent: percent(
    'A GPU below this percentage is idle; the busiest GPU of the node counts. Default 10.',
  ),
  cpuIdlePercent: percent('A CPU below this percentage is idle. Default 20.'),
  idleThresholdSeconds: whole(
    10,
    30 * DAY_SECONDS,
    'So long must every signal be idle. Longer than the longest gap between two jobs. Default 1800 (runpod 1200).',
  ),
  minimumSamples: whole(2, 10_000, 'So many idle heartbeats in a row must show it. Default 10.'),
  bootGraceSeconds: whole(0, 7 * DAY_SECONDS, 'A younger node is left alone. Default 900.'),
  zombieSeconds: whole(
    10,
    7 * DAY_SECONDS,
    'A lease without GPU use for so long is a health matter, and the node is not idle. Default 600.',
  ),
  pendingWorkLimit: whole(
    0,
    1_000_000,
    'More waiting work that the node could take keeps it. Default 5 (vast 3).',
  ),
  minimumSavingUsdPerHour: decimalUsdSchema.describe(
    'A node that costs less per hour is left alone, in dollars. Default 1 (vast 0.1, runpod 0.5).',
  ),
  drainPeriodSeconds: whole(
    0,
    DAY_SECONDS,
    'A drain lasts at least so long before the node is ended. Default 300 (vast 180, runpod 240).',
  ),
  acknowledgeSeconds: whole(
    1,
    7 * DAY_SECONDS,
    'The drain is given up when the agent has not acknowledged it by then. Default 1800.',
  ),
  leasesOnDrain: z
    .enum(['finish', 'release'])
    .describe('What a draining node does with its work: finish it, or give it back. Default finish.'),
};

/** Retention counts nodes per provider, role and GPU type: two nodes of one such group must not disagree about it. */
const groupSettings = {
  retain: whole(
    0,
    10_000,
    'So many nodes per provider, role and GPU type are always kept. Default 1 (vast 0).',
  ),
};

/** What counts all nodes of a provider together. */
const providerSettings = {
  mode: z
    .enum(['observe', 'enforce', 'off'])
    .describe('observe says what it would end, enforce ends it, off does neither. Default observe.'),
  terminationGapSeconds: whole(
    0,
    DAY_SECONDS,
    'At most one termination per provider in that time. Default 300.',
  ),
  dailyTerminationPercent: z
    .number('write a percentage as a plain number')
    .min(0, 'at least 0')
    .max(100, 'at most 100')
    .describe("At most this share of the provider's nodes ends in 24 hours. Default 20."),
  dailyTerminationMinimum: whole(
    0,
    10_000,
    'So many may end in 24 hours however few nodes there are. Default 2.',
  ),
};

const exemption = { exempt: z.boolean().describe('Never ended as idle. Default false.') };

const level = <Shape extends z.ZodRawShape>(shape: Shape, description: string) =>
  z.strictObject(shape).partial().describe(description);

const providerLevel = level(
  { ...nodeSettings, ...groupSettings, ...providerSettings, ...exemption },
  'Settings of one provider.',
);

/** `lambda` is another way to write `lambda-labs`; display names ("Vast.ai") are no keys. */
const providersSchema = z
  .strictObject({
    'lambda-labs': providerLevel.optional(),
    lambda: providerLevel.optional(),
    vast: providerLevel.optional(),
    runpod: providerLevel.optional(),
    static: providerLevel.optional(),
  })
  .transform(({ lambda, ...providers }, context) => {
    if (lambda === undefined) return providers;
    if (providers['lambda-labs'] === undefined) return { ...providers, 'lambda-labs': lambda };
    context.addIssue({
      code: 'custom',
      path: ['lambda'],
      message: 'lambda and lambda-labs are one provider: keep one of the two',
      input: lambda,
    });
    return z.NEVER;
  });

const roleSchema = z
  .string()
  .regex(
    /^[^\s."][^"]{0,63}$/,
    'a role is 1 to 64 characters, without quotes, not beginning with a dot or blank',
  );

const labelSchema = z
  .string()
  .regex(/^[^="]{1,64}=[^"]{0,256}$/, 'write a label as key=value, without quotes');

/** The section `idle` as it is written: every setting optional, at five levels of which the later wins. */
const idleSectionSchema = z.strictObject({
  ...level({ ...nodeSettings, ...groupSettings, ...providerSettings }, '').shape,
  providers: providersSchema.optional().describe('Settings by provider.'),
  roles: z
    .record(roleSchema, level({ ...nodeSettings, ...groupSettings, ...exemption }, 'Settings of one role.'))
    .optional()
    .describe('Settings by role of the node.'),
  labels: z
    .record(labelSchema, level({ ...nodeSettings, ...exemption }, 'Settings of nodes with this label.'))
    .optional()
    .describe('Settings by label, written key=value. Of several that fit, the later in the file wins.'),
  nodes: z
    .record(nodeIdSchema, level({ ...nodeSettings, ...exemption }, 'Settings of one node.'))
    .optional()
    .describe('Settings by nodeId.'),
});
type IdleConfig = z.infer<typeof idleSectionSchema>;

const settingSchemas = { ...providerSettings, ...exemption, ...nodeSettings, ...groupSettings };
const settingsSchema = z.object(settingSchemas);
/** Every setting with a value. */
type IdleSettings = z.infer<typeof settingsSchema>;
type IdleSetting = keyof IdleSettings;

const isIdleSetting = (name: string): name is IdleSetting => Object.hasOwn(settingSchemas, name);
const IDLE_SETTINGS: readonly IdleSetting[] = Object.keys(settingSchemas).filter(isIdleSetting);

export type { IdleConfig, IdleSetting, IdleSettings };
export { IDLE_SETTINGS, idleSectionSchema, roleSchema };
