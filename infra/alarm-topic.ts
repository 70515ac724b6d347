import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { alarmTopicName, resourceName, type Severity } from '../lib/constants.ts';
import type { AlarmSubscribers } from './alarm-subscribers.ts';

/** Only alarms of this stage speak through CloudWatch: the conditions of a topic's and its key's policy. */
const byAlarmsOf = (scope: Construct, stage: string): Record<string, Record<string, string>> => {
  const stack = Stack.of(scope);
  return {
    StringEquals: { 'aws:SourceAccount': stack.account },
    ArnLike: {
      'aws:SourceArn': stack.formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: resourceName(stage, '*'),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    },
  };
};

/** Where the alarms of one severity go. TLS only, encrypted under `key`, and only this stage's alarms may publish. */
class AlarmTopic extends Topic {
  constructor(
    scope: Construct,
    stage: string,
    severity: Severity,
    key: IKey,
    { email, webhook }: AlarmSubscribers,
  ) {
    super(scope, severity, {
      topicName: alarmTopicName(stage, severity),
      displayName: `Drover ${stage}, ${severity}`,
      masterKey: key,
      enforceSSL: true,
    });
    // A policy of our own replaces the one that SNS gives, which would have let CloudWatch publish.
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: byAlarmsOf(this, stage),
      }),
    );
    if (email !== undefined) this.addSubscription(new EmailSubscription(email));
    if (webhook !== undefined) this.addSubscription(new UrlSubscription(webhook));
  }
}

export { AlarmTopic, byAlarmsOf };
