import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import {
  LISTED_PROVIDERS,
  METRICS,
  type MetricName,
  resourceName,
  STUCK_TERMINATION_SECONDS,
} from '../lib/constants.ts';
import { type DeepLink, functionLogLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import { droverMetric, type MetricSource } from './drover-metric.ts';

const FAILURES_UNTIL_ALARM = 5;
/** Two hours: a drain, its retries and the cap of terminations pass in less. */
const IDLE_PERIOD_MINUTES = 15;
const IDLE_PERIODS = 8;

/** What idle shutdown cannot finish by itself. */
class IdleAlarms extends Construct {
  readonly #source: MetricSource;
  readonly #log: DeepLink;

  /** @param source the function that shuts idle nodes down */
  constructor(scope: Construct, id: string, stage: string, source: MetricSource) {
    super(scope, id);
    this.#source = source;
    this.#log = functionLogLink(this, resourceName(stage, source));
    for (const provider of LISTED_PROVIDERS) {
      this.#stuckDrains(provider);
      this.#stuckTerminations(provider);
      this.#failingCycles(provider);
      this.#idleForLong(provider);
    }
  }

  #metric(name: MetricName, statistic: string, provider: string, periodMinutes = 1) {
    return droverMetric({ name, source: this.#source, statistic, provider, periodMinutes });
  }

  #stuckDrains(provider: string): void {
    new DroverAlarm(this, `StuckDrains-${provider}`, {
      name: `stuck-drains-${provider}`,
      severity: 'warning',
      means: `A node of ${provider} did not acknowledge its drain. Nothing is killed: it goes on costing money.`,
      firstLook: 'the event NodeDrainStuck (npx drover events tail): what the node still holds.',
      section: 'stuck-drain',
      links: [this.#log],
      metric: this.#metric(METRICS.stuckDrains, 'Maximum', provider),
      breaches: { above: 0 },
      periods: 1,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only a cycle can tell that the drain went on, so the alarm stays as it was',
      },
    });
  }

  #stuckTerminations(provider: string): void {
    new DroverAlarm(this, `StuckTerminations-${provider}`, {
      name: `stuck-terminations-${provider}`,
      severity: 'critical',
      means: `The end of a node of ${provider} was decided more than ${STUCK_TERMINATION_SECONDS / 60} minutes ago, and no listing confirms it: its instance may be billed though nothing uses it.`,
      firstLook: `the event NodeTerminationStuck (npx drover events tail), or npx drover explain <node>: both name what it waits for and the way out. Most often: end the instance in the console of ${provider}, or npx drover nodes terminate <node> --force.`,
      section: 'stuck-termination',
      links: [this.#log],
      metric: this.#metric(METRICS.stuckTerminations, 'Maximum', provider),
      breaches: { above: 0 },
      // The metric counts those only that have taken too long already.
      periods: 1,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'an instance is gone only when a complete listing says so',
      },
    });
  }

  #idleForLong(provider: string): void {
    new DroverAlarm(this, `IdleForLong-${provider}`, {
      name: `idle-for-long-${provider}`,
      severity: 'warning',
      means: `Nodes of ${provider} have been idle for ${(IDLE_PERIOD_MINUTES * IDLE_PERIODS) / 60} hours: they cost money, and nobody gives them work or ends them.`,
      firstLook: 'is there work for them? Does idle shutdown only observe, or does something block it?',
      section: 'idle-for-long',
      links: [this.#log],
      metric: this.#metric(METRICS.idleNodes, 'Minimum', provider, IDLE_PERIOD_MINUTES),
      breaches: { above: 0 },
      periods: IDLE_PERIODS,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only a cycle can tell who is idle, so the alarm stays as it was',
      },
    });
  }

  #failingCycles(provider: string): void {
    new DroverAlarm(this, `IdleCycleFailures-${provider}`, {
      name: `idle-cycle-failures-${provider}`,
      severity: 'warning',
      means: `The idle shutdown of ${provider} has failed for ${FAILURES_UNTIL_ALARM} minutes: idle nodes go on costing money.`,
      firstLook: 'its log, the lines with level ERROR.',
      section: 'idle-cycle-failures',
      links: [this.#log],
      metric: this.#metric(METRICS.idleCycleFailures, 'Maximum', provider),
      breaches: { above: 0 },
      periods: FAILURES_UNTIL_ALARM,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'nobody may be logged in to that provider; a schedule that stands still has its own alarm',
      },
    });
  }
}

export { IdleAlarms };
