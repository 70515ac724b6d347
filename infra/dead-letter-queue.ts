import { Duration, Validations } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DEAD_LETTER_RETENTION_DAYS, resourceName } from '../lib/constants.ts';
import { queueLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';

/**
 * A message is deleted 14 days after it was *first* sent, and may have waited in its own queue before: at half that age there
 * is a week left at most.
 */
const EXPIRING_SECONDS = (DEAD_LETTER_RETENTION_DAYS / 2) * 86_400;

/**
 * A queue for messages that need a person. Encrypted by SQS itself, because EventBridge cannot send to a queue
 * under the key `alias/aws/sqs`. Any queue may redrive here: `byQueue` would take ten sources only, and there is
 * one queue per node. What lies in it alarms until somebody took it out, and louder before SQS deletes it.
 */
class DeadLetterQueue extends Queue {
  /**
   * @param usedBy what dead-letters here, when that is no queue of this template: cdk-nag looks for one, and
   * the sentence answers it.
   */
  constructor(scope: Construct, id: string, stage: string, name: string, usedBy?: string) {
    super(scope, id, {
      queueName: resourceName(stage, name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_LETTER_RETENTION_DAYS),
      redriveAllowPolicy: { redrivePermission: RedrivePermission.ALLOW_ALL },
    });
    const links = [queueLink(this, resourceName(stage, name))];
    new DroverAlarm(this, 'NotEmpty', {
      name: `${name}-not-empty`,
      severity: 'warning',
      means: `Messages were refused or failed for good and wait in ${name}.`,
      firstLook: 'npx drover dlq list, then npx drover dlq show <queue>: each message with its reason.',
      section: 'dead-letters',
      links,
      metric: this.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      breaches: { above: 0 },
      periods: 1,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'SQS sends no metric of a queue that nobody uses, and that one is empty',
      },
    });
    new DroverAlarm(this, 'Expiring', {
      name: `${name}-expiring`,
      severity: 'critical',
      means: `A message has waited in ${name} for ${DEAD_LETTER_RETENTION_DAYS / 2} days. SQS deletes it at ${DEAD_LETTER_RETENTION_DAYS}, and it is the only copy.`,
      firstLook: 'npx drover dlq show <queue>: redrive it, or save its body.',
      section: 'dead-letters-expiring',
      links,
      metric: this.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(5),
        statistic: Stats.MAXIMUM,
      }),
      breaches: { above: EXPIRING_SECONDS },
      periods: 1,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'SQS sends no metric of a queue that nobody uses, and that one is empty',
      },
    });
    if (usedBy !== undefined) {
      Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS3', reason: `A dead-letter queue: ${usedBy}` });
    }
  }
}

export { DeadLetterQueue };
