import { Alarm, ComparisonOperator, type IMetric, type TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { resourceName, type Severity } from '../lib/constants.ts';
import type { DeepLink } from './deep-links.ts';
import { Monitoring } from './monitoring.ts';

interface DroverAlarmProps {
  /** The part of the name after `drover-<stage>-`. */
  readonly name: string;
  readonly severity: Severity;
  /** What it means that this alarm is on, in a sentence. */
  readonly means: string;
  /** What to look at first: a command, if there is one. */
  readonly firstLook: string;
  /** Its section of docs/runbook.md, as an anchor; a test holds that it is there. */
  readonly section: string;
  readonly links: readonly DeepLink[];
  /** With its statistic and period. */
  readonly metric: IMetric;
  readonly breaches: { readonly above: number } | { readonly below: number };
  /** Periods that are looked at. */
  readonly periods: number;
  /** How many of them must breach; default: all. */
  readonly breaching?: number;
  /** What no data means, and why: the reason goes into the alarm's text. */
  readonly missingData: { readonly treat: TreatMissingData; readonly because: string };
}

const describe = ({ means, firstLook, missingData, section, links }: DroverAlarmProps): string =>
  [
    means,
    `First look: ${firstLook}`,
    `Missing data: ${missingData.treat}, because ${missingData.because}`,
    `Runbook: docs/runbook.md#${section}`,
    ...links.map(({ title, url }) => `${title}: ${url}`),
  ].join('\n');

/** An alarm as all of ours are: it tells its severity's topic when it begins and when it ends, and its text says what to do. */
class DroverAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: DroverAlarmProps) {
    const { breaches, breaching } = props;
    const monitoring = Monitoring.of(scope);
    super(scope, id, {
      alarmName: resourceName(monitoring.stage, props.name),
      alarmDescription: describe(props),
      metric: props.metric,
      comparisonOperator:
        'above' in breaches
          ? ComparisonOperator.GREATER_THAN_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 'above' in breaches ? breaches.above : breaches.below,
      evaluationPeriods: props.periods,
      ...(breaching === undefined ? {} : { datapointsToAlarm: breaching }),
      treatMissingData: props.missingData.treat,
    });
    const tell = new SnsAction(monitoring.topics[props.severity]);
    this.addAlarmAction(tell);
    this.addOkAction(tell);
  }
}

export type { DroverAlarmProps };
export { DroverAlarm };
