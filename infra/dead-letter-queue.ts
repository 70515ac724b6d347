import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DEAD_LETTER_RETENTION_DAYS, resourceName } from '../lib/constants.ts';

/**
 * A queue for messages that need a person. Encrypted by SQS itself, because EventBridge cannot send to a queue
 * under the key `alias/aws/sqs`. Any queue may redrive here: `byQueue` would take ten sources only, and there is
 * one queue per node.
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
    if (usedBy !== undefined) {
      Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS3', reason: `A dead-letter queue: ${usedBy}` });
    }
  }
}

export { DeadLetterQueue };
