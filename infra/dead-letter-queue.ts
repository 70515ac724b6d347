import { Duration, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DEAD_LETTER_RETENTION_DAYS, resourceName } from '../lib/constants.ts';
import { runbook } from './runbook.ts';

/**
 * A queue for messages that need a person. Encrypted by SQS itself, because EventBridge cannot send to a queue
 * under the key `alias/aws/sqs`. Any queue may redrive here: `byQueue` would take ten sources only, and there is
 * one queue per node. What lies in it alarms until somebody took it out.
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
    new Alarm(this, 'NotEmpty', {
      alarmName: resourceName(stage, `${name}-not-empty`),
      alarmDescription: `Messages were refused or failed for good and wait in ${name}: drover dlq show says why. ${runbook('dead-letters')}`,
      metric: this.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      // SQS sends no metric of a queue that nobody uses: it is empty.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (usedBy !== undefined) {
      Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS3', reason: `A dead-letter queue: ${usedBy}` });
    }
  }
}

export { DeadLetterQueue };
