import { Duration } from 'aws-cdk-lib';
import { Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { resourceName } from '../lib/constants.ts';
import { functionLogLink, ruleLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import type { DroverFunction } from './drover-function.ts';

/** Minutes without a run until the alarm: a heartbeat, a listing and a score are all old by then. */
const MINUTES_UNTIL_ALARM = 5;

interface EveryMinuteProps {
  readonly stage: string;
  /** The part of the rule's name after `drover-<stage>-`. */
  readonly name: string;
  readonly description: string;
  readonly runs: DroverFunction;
  /** What the function is given; default: the event of the schedule itself. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** What EventBridge could not deliver. */
  readonly deadLetters: IQueue;
}

/** Runs a function each minute, and alarms when it does not: a sweep that stopped makes no error. */
class EveryMinute extends Rule {
  constructor(
    scope: Construct,
    id: string,
    { stage, name, description, runs, input, deadLetters }: EveryMinuteProps,
  ) {
    const ruleName = resourceName(stage, name);
    super(scope, id, {
      ruleName,
      description,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        new LambdaFunction(runs.lambda, {
          deadLetterQueue: deadLetters,
          ...(input === undefined ? {} : { event: RuleTargetInput.fromObject(input) }),
        }),
      ],
    });
    new DroverAlarm(this, 'NotRunning', {
      name: `${name}-not-running`,
      severity: 'critical',
      means: `The schedule ${ruleName} has not run for ${MINUTES_UNTIL_ALARM} minutes: what it does each minute is not done.`,
      firstLook: `is the rule enabled, and what does the log of ${runs.name} say last?`,
      section: 'schedule-not-running',
      links: [ruleLink(this, ruleName), functionLogLink(this, resourceName(stage, runs.name))],
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'Invocations',
        dimensionsMap: { RuleName: ruleName },
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      }),
      breaches: { below: 1 },
      periods: MINUTES_UNTIL_ALARM,
      missingData: {
        treat: TreatMissingData.BREACHING,
        because:
          'EventBridge sends this metric only when it is not zero: none is a schedule that stands still',
      },
    });
  }
}

export type { EveryMinuteProps };
export { EveryMinute };
