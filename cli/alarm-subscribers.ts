import { paginateListSubscriptionsByTopic, type SNSClient } from '@aws-sdk/client-sns';
import { alarmTopicName, SEVERITIES, type Severity } from '../lib/constants.ts';
import type { Caller } from './context.ts';
import type { Screen } from './output/screen.ts';

/** How many hear of alarms of one severity. */
interface AlarmSubscribers {
  readonly severity: Severity;
  readonly confirmed: number;
  /** Asked by SNS, and did not answer yet: they hear nothing. */
  readonly unconfirmed: number;
}

/** What SNS says in place of an ARN until the subscriber answered. */
const UNCONFIRMED = 'PendingConfirmation';

const topicArnOf = (stage: string, region: string, { arn, accountId }: Caller, severity: Severity): string =>
  `arn:${arn.split(':')[1] ?? 'aws'}:sns:${region}:${accountId}:${alarmTopicName(stage, severity)}`;

/** Asks SNS who is subscribed to each topic. @throws the error of SNS: no answer is not nobody */
const readAlarmSubscribers = (
  sns: SNSClient,
  { stage, region }: { readonly stage: string; readonly region: string },
  caller: Caller,
): Promise<AlarmSubscribers[]> =>
  Promise.all(
    SEVERITIES.map(async (severity) => {
      const arns: (string | undefined)[] = [];
      const pages = paginateListSubscriptionsByTopic(
        { client: sns },
        { TopicArn: topicArnOf(stage, region, caller, severity) },
      );
      for await (const { Subscriptions = [] } of pages)
        arns.push(...Subscriptions.map(({ SubscriptionArn }) => SubscriptionArn));
      const unconfirmed = arns.filter((arn) => arn === UNCONFIRMED).length;
      return { severity, confirmed: arns.length - unconfirmed, unconfirmed };
    }),
  );

/** One line for people: who hears of alarms, and what to do when nobody does. */
const describeAlarmSubscribers = (screen: Screen, subscribers: readonly AlarmSubscribers[]): string => {
  const parts = subscribers.map(({ severity, confirmed }) => `${severity} ${confirmed}`);
  const unconfirmed = Math.max(...subscribers.map((each) => each.unconfirmed));
  const waiting = unconfirmed === 0 ? '' : screen.warn(`; ${unconfirmed} did not confirm yet`);
  return subscribers.every(({ confirmed }) => confirmed === 0)
    ? `${screen.warn('nobody is subscribed')}${waiting}: deploy with -c alarmEmail=<address>`
    : `subscribers: ${parts.join(', ')}${waiting}`;
};

export type { AlarmSubscribers };
export { describeAlarmSubscribers, readAlarmSubscribers };
