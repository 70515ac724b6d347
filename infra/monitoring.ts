import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import { resourceName, type Severity } from '../lib/constants.ts';
import { readAlarmSubscribers } from './alarm-subscribers.ts';
import { AlarmTopic, byAlarmsOf } from './alarm-topic.ts';

const ID = 'Monitoring';

/** Where alarms go: a topic per severity. Each feature makes its own alarms (`DroverAlarm`), which find this by `Monitoring.of`. */
class Monitoring extends Construct {
  readonly stage: string;
  readonly topics: Readonly<Record<Severity, ITopic>>;

  constructor(stack: Stack, stage: string) {
    super(stack, ID);
    this.stage = stage;
    // A key of our own: CloudWatch may not use the one that AWS manages for SNS, and its alarms would be lost in silence.
    const key = new Key(this, 'Key', {
      alias: resourceName(stage, 'alarms'),
      description: `Encrypts what alarms of Drover, stage ${stage}, say on their way`,
      enableKeyRotation: true,
      // Nothing is kept under it: messages are on their way for seconds.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsEncrypt',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: byAlarmsOf(this, stage),
      }),
    );
    const subscribers = readAlarmSubscribers(this.node);
    const topic = (severity: Severity): ITopic => new AlarmTopic(this, stage, severity, key, subscribers);
    this.topics = { critical: topic('critical'), warning: topic('warning'), info: topic('info') };
  }

  /**
   * The monitoring of the stack that `scope` is in.
   * @throws Error when the stack makes it later than what it watches
   */
  static of(scope: IConstruct): Monitoring {
    const found = Stack.of(scope).node.tryFindChild(ID);
    if (found instanceof Monitoring) return found;
    throw new Error(`${scope.node.path} has an alarm, but its stack made no Monitoring before it`);
  }
}

export { Monitoring };
