import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS, resourceName } from '../lib/constants.ts';
import { type DeepLink, functionLogLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import { droverMetric, type MetricSource } from './drover-metric.ts';

/** Minutes in which a score must stay below a level before it is said: a promotion or a reboot passes sooner. */
const CRITICAL_MINUTES = 2;
const LOW_MINUTES = 5;
const DEGRADED_MINUTES = 15;
/** A pause resumes by itself after 2 min at the soonest: half an hour is one that does not. */
const LONG_PAUSE_MINUTES = 30;
/** The levels of the system score. */
const DEGRADED_BELOW = 80;
const UNHEALTHY_BELOW = 60;
const CRITICAL_BELOW = 40;

/** How the fleet is, as score-health says. */
class HealthAlarms extends Construct {
  readonly #source: MetricSource;
  readonly #log: DeepLink;

  /** @param source the function that scores */
  constructor(scope: Construct, id: string, stage: string, source: MetricSource) {
    super(scope, id);
    this.#source = source;
    this.#log = functionLogLink(this, resourceName(stage, source));
    this.#score('Degraded', 'degraded', 'info', DEGRADED_BELOW, DEGRADED_MINUTES);
    this.#score('Low', 'low', 'warning', UNHEALTHY_BELOW, LOW_MINUTES);
    this.#score('Critical', 'critical', 'critical', CRITICAL_BELOW, CRITICAL_MINUTES);
    this.#observerSuspect();
    this.#pausedForLong();
  }

  #score(
    id: string,
    level: string,
    severity: 'critical' | 'warning' | 'info',
    below: number,
    minutes: number,
  ): void {
    // One of the three says that there is no score; three would say it thrice.
    const speaksOfSilence = severity === 'warning';
    new DroverAlarm(this, id, {
      name: `health-${level}`,
      severity,
      means: `The health score has been below ${below} for ${minutes} minutes${speaksOfSilence ? ', or there is none' : ''}.`,
      firstLook: 'npx drover health: each component with the sentence that explains it.',
      section: 'health-low',
      links: [this.#log],
      metric: droverMetric({ name: METRICS.healthScore, source: this.#source, statistic: 'Minimum' }),
      breaches: { below },
      periods: minutes,
      missingData: speaksOfSilence
        ? {
            treat: TreatMissingData.BREACHING,
            because: 'a score that nobody could compute is no good score',
          }
        : {
            treat: TreatMissingData.NOT_BREACHING,
            because: 'health-low already speaks when there is no score',
          },
    });
  }

  #observerSuspect(): void {
    new DroverAlarm(this, 'ObserverSuspect', {
      name: 'observer-suspect',
      severity: 'critical',
      means:
        'So many nodes went silent at once that the observer is the suspect: no node is judged and nothing destructive happens.',
      firstLook:
        'npx drover status: is the reports queue old, is record-reports failing, is a provider down?',
      section: 'observer-suspect',
      links: [this.#log],
      metric: droverMetric({ name: METRICS.observerSuspect, source: this.#source, statistic: 'Maximum' }),
      breaches: { above: 0 },
      periods: 1,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only an evaluation can begin or end the suspicion',
      },
    });
  }

  #pausedForLong(): void {
    new DroverAlarm(this, 'PausedForLong', {
      name: 'pipeline-paused',
      severity: 'warning',
      means: `New work has been paused for ${LONG_PAUSE_MINUTES} minutes.`,
      firstLook: 'npx drover health says why; npx drover holds lists what a person set.',
      section: 'pipeline-paused',
      links: [this.#log],
      metric: droverMetric({ name: METRICS.pipelinePaused, source: this.#source, statistic: 'Minimum' }),
      breaches: { above: 0 },
      periods: LONG_PAUSE_MINUTES,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only an evaluation can pause or resume',
      },
    });
  }
}

export { HealthAlarms };
