import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { FUNCTIONS, LISTED_PROVIDERS, METRICS, resourceName, TABLES } from '../lib/constants.ts';
import { type DeepLink, functionLogLink, tableLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import { droverMetric } from './drover-metric.ts';

/** A listing older than this is stale (design.md section 1): five failed cycles. */
const FAILURES_UNTIL_ALARM = 5;
/** Said when it lasts: now and then it is only another program with the same account. */
const THROTTLE_MINUTES = 15;
const THROTTLE_PERIODS = 3;

/** An instance that boots may have no price yet. */
const UNPRICED_MINUTES = 15;

/** What the constructs of this file share. */
interface Place {
  readonly scope: Construct;
  readonly log: DeepLink;
  readonly state: DeepLink;
}

const alarmOnUnmanaged = ({ scope, log }: Place, provider: string): void => {
  new DroverAlarm(scope, `Unmanaged-${provider}`, {
    name: `unmanaged-${provider}`,
    severity: 'warning',
    means: `Instances of ${provider} cost money without an agent. Drover does nothing to them.`,
    firstLook:
      'npx drover providers status names them: install the agent there, or end them at the provider.',
    section: 'unmanaged-instances',
    links: [log],
    metric: droverMetric({
      name: METRICS.unmanagedInstances,
      source: FUNCTIONS.reconcileInstances,
      statistic: 'Maximum',
      provider,
    }),
    breaches: { above: 0 },
    periods: 1,
    missingData: {
      treat: TreatMissingData.IGNORE,
      because: 'while no listing works nobody knows, so the alarm stays as it was',
    },
  });
};

const alarmOnUnpriced = ({ scope, log }: Place, provider: string): void => {
  new DroverAlarm(scope, `Unpriced-${provider}`, {
    name: `unpriced-${provider}`,
    severity: 'warning',
    means: `Instances of ${provider} cost money, and nobody knows how much: budgets leave them out, and idle shutdown never ends them.`,
    firstLook: 'npx drover cost names what is not priced; npx drover explain <node> says price-unknown.',
    section: 'unpriced-instances',
    links: [log],
    metric: droverMetric({
      name: METRICS.unpricedInstances,
      source: FUNCTIONS.reconcileInstances,
      statistic: 'Minimum',
      provider,
    }),
    breaches: { above: 0 },
    periods: UNPRICED_MINUTES,
    missingData: {
      treat: TreatMissingData.IGNORE,
      because: 'while no listing works nobody knows, so the alarm stays as it was',
    },
  });
};

const alarmOnStaleListing = ({ scope, log, state }: Place, provider: string): void => {
  new DroverAlarm(scope, `Stale-${provider}`, {
    name: `stale-listing-${provider}`,
    severity: 'warning',
    means: `${provider} could not be listed for ${FAILURES_UNTIL_ALARM} minutes: nothing is acted on there until it can.`,
    firstLook: 'npx drover providers status says why.',
    section: 'stale-listing',
    links: [log, state],
    metric: droverMetric({
      name: METRICS.listingFailures,
      source: FUNCTIONS.reconcileInstances,
      statistic: 'Maximum',
      provider,
    }),
    breaches: { above: 0 },
    periods: FAILURES_UNTIL_ALARM,
    missingData: {
      treat: TreatMissingData.NOT_BREACHING,
      because: 'nobody may be logged in to that provider; a schedule that stands still has its own alarm',
    },
  });
};

const alarmOnThrottles = ({ scope, log }: Place, provider: string): void => {
  new DroverAlarm(scope, `Throttled-${provider}`, {
    name: `throttled-${provider}`,
    severity: 'info',
    means: `${provider} answered "too many requests" in each of ${THROTTLE_PERIODS} quarters of an hour. Drover waits and asks again.`,
    firstLook: 'npx drover providers status: how old is the listing, is a breaker open?',
    section: 'provider-throttled',
    links: [log],
    metric: droverMetric({
      name: METRICS.providerThrottles,
      source: FUNCTIONS.reconcileInstances,
      statistic: 'Sum',
      provider,
      periodMinutes: THROTTLE_MINUTES,
    }),
    breaches: { above: 0 },
    periods: THROTTLE_PERIODS,
    missingData: {
      treat: TreatMissingData.NOT_BREACHING,
      because: 'requests that were not made were not throttled',
    },
  });
};

const alarmOnBudgets = ({ scope, log }: Place): void => {
  new DroverAlarm(scope, 'BudgetReached', {
    name: 'budget-reached',
    severity: 'warning',
    means: 'At least 80 % of a budget is spent.',
    firstLook: 'npx drover budget show says which.',
    section: 'budget-reached',
    links: [log],
    metric: droverMetric({
      name: METRICS.budgetsReached,
      source: FUNCTIONS.reconcileInstances,
      statistic: 'Maximum',
    }),
    breaches: { above: 0 },
    periods: 1,
    missingData: {
      treat: TreatMissingData.IGNORE,
      because: 'a cycle that did not run says nothing about money, so the alarm stays as it was',
    },
  });
};
/**
 * What reconcile-instances sees that a person should know. Children of `scope` itself: an alarm that moves in the tree has another
 * logical id, and CloudFormation cannot make it while the old one has its name.
 */
const alarmOnProviders = (scope: Construct, stage: string): void => {
  const place: Place = {
    scope,
    log: functionLogLink(scope, resourceName(stage, FUNCTIONS.reconcileInstances)),
    state: tableLink(scope, resourceName(stage, TABLES.control)),
  };
  for (const provider of LISTED_PROVIDERS) {
    alarmOnUnmanaged(place, provider);
    alarmOnUnpriced(place, provider);
    alarmOnStaleListing(place, provider);
    alarmOnThrottles(place, provider);
  }
  alarmOnBudgets(place);
};

export { alarmOnProviders };
