import * as z from 'zod';
import type { Place } from './rules.ts';

/** The providers of the old idle daemons, and what Drover calls them; undefined: Drover has no adapter for it. */
const IDLE_PROVIDERS: Readonly<Record<string, string | undefined>> = {
  lambda: 'lambda-labs',
  vast: 'vast',
  runpod: 'runpod',
  vultr: undefined,
};
const NO_ADAPTER =
  'Drover neither lists nor ends instances of this provider: its machines are nodes of `static`';

/** A number, a word or a switch: variables are text, settings of YAML need not be. */
const switchSchema = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .transform((value) => String(value) === 'true');
const numberSchema = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ],
  'write a number',
);
const wholeSchema = numberSchema.pipe(z.int());
const textSchema = z.string();

interface IdleRule {
  /** Of the variable, after the provider: `LAMBDA_IDLE_THRESHOLD`. */
  readonly variable: string;
  /** Of the setting in a file. */
  readonly setting: string;
  readonly type: z.ZodType;
  readonly convert: (value: unknown, provider: string, place: Place) => void;
}

const to = (
  variable: string,
  setting: string,
  type: z.ZodType,
  target: string,
  remark?: string,
): IdleRule => ({
  variable,
  setting,
  type,
  convert: (value, provider, { draft, source, leave }) => {
    draft.set(['idle', 'providers', provider, target], value, source);
    if (remark !== undefined) leave(remark, 'changed');
  },
});

const not = (variable: string, setting: string, type: z.ZodType, why: string): IdleRule => ({
  variable,
  setting,
  type,
  convert: (_value, _provider, place) => place.leave(why),
});

/** What the idle daemons could be told. Sources of names: health-and-idle 1.1. */
const idleRules: readonly IdleRule[] = [
  {
    variable: 'IDLE_ENABLED',
    setting: 'enabled',
    type: switchSchema,
    convert: (value, provider, { draft, source, leave }) => {
      draft.set(['idle', 'providers', provider, 'mode'], value === true ? 'observe' : 'off', source);
      if (value === true)
        leave(
          'it begins with mode observe, which ends nothing: set enforce once you trust what it says',
          'changed',
        );
    },
  },
  not('IDLE_CHECK_INTERVAL', 'check_interval_seconds', numberSchema, 'Drover looks once a minute'),
  to('IDLE_THRESHOLD', 'idle_threshold_seconds', wholeSchema, 'idleThresholdSeconds'),
  to(
    'IDLE_UTIL_THRESHOLD',
    'idle_utilization_threshold',
    numberSchema,
    'gpuIdlePercent',
    'the busiest GPU of a node counts now, not the mean',
  ),
  to(
    'MIN_NODES',
    'min_nodes_to_retain',
    wholeSchema,
    'retain',
    'so many are kept per role and GPU type now, not per provider',
  ),
  to('DRAIN_PERIOD', 'drain_period_seconds', wholeSchema, 'drainPeriodSeconds'),
  to('MIN_SAVINGS', 'min_cost_savings_per_hour', numberSchema, 'minimumSavingUsdPerHour'),
  not(
    'CHECK_WORK',
    'check_pending_work',
    switchSchema,
    'waiting work always keeps nodes, and work that cannot be counted, too',
  ),
  to('WORK_THRESHOLD', 'pending_work_threshold', wholeSchema, 'pendingWorkLimit'),
  {
    variable: 'IDLE_DRY_RUN',
    setting: 'dry_run',
    type: switchSchema,
    convert: (value, provider, { draft, source, leave }) => {
      if (value === true) draft.set(['idle', 'providers', provider, 'mode'], 'observe', source);
      else leave('mode enforce is set by hand: a conversion never lets anything be ended');
    },
  },
  not(
    'LABEL_FILTER',
    'label_filter',
    textSchema,
    'nodes are left out with `exempt` under a role, label or node',
  ),
  not(
    'PRIORITIZE_EXPENSIVE',
    'prioritize_expensive',
    switchSchema,
    'the most expensive nodes always come first',
  ),
];

export type { IdleRule };
export { IDLE_PROVIDERS, idleRules, NO_ADAPTER };
