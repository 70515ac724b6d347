import { alarm } from './alarms.ts';
import { bucket, bucketPolicy } from './buckets.ts';
import { eventBus, rule } from './events.ts';
import {
  eventInvokeConfig,
  eventSourceMapping,
  functionUrl,
  lambdaFunction,
  permission,
} from './functions.ts';
import { key } from './keys.ts';
import { type Kind, withoutEffect } from './kind.ts';
import { logGroup, logResourcePolicy } from './logs.ts';
import { queue, queuePolicy } from './queues.ts';
import { policy, role } from './roles.ts';
import { table } from './tables.ts';
import { subscription, topic } from './topics.ts';

/** Every resource type that the embedded cloud runs, or leaves out for a reason. Any other type is an error. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ['AWS::DynamoDB::Table', table],
  ['AWS::SQS::Queue', queue],
  ['AWS::SQS::QueuePolicy', queuePolicy],
  ['AWS::S3::Bucket', bucket],
  ['AWS::S3::BucketPolicy', bucketPolicy],
  ['AWS::IAM::Role', role],
  ['AWS::IAM::Policy', policy],
  ['AWS::IAM::ManagedPolicy', policy],
  ['AWS::Logs::LogGroup', logGroup],
  ['AWS::Logs::ResourcePolicy', logResourcePolicy],
  ['AWS::Events::EventBus', eventBus],
  ['AWS::Events::Rule', rule],
  ['AWS::Lambda::Function', lambdaFunction],
  ['AWS::Lambda::Permission', permission],
  ['AWS::Lambda::EventInvokeConfig', eventInvokeConfig],
  ['AWS::Lambda::Url', functionUrl],
  ['AWS::Lambda::EventSourceMapping', eventSourceMapping],
  ['AWS::SNS::Topic', topic],
  ['AWS::SNS::Subscription', subscription],
  ['AWS::SNS::TopicPolicy', withoutEffect('nothing here publishes to a topic')],
  ['AWS::KMS::Key', key],
  ['AWS::KMS::Alias', withoutEffect('nothing here is encrypted under a key')],
  [
    'AWS::Events::Archive',
    withoutEffect('an archive is for replays on AWS; the events log group keeps every event'),
  ],
  ['AWS::CloudWatch::Alarm', alarm],
  ['AWS::CloudWatch::Dashboard', withoutEffect('there is no console')],
  ['AWS::Logs::MetricFilter', withoutEffect('nothing here evaluates metrics')],
  ['AWS::CDK::Metadata', withoutEffect('statistics for the CDK')],
]);

export { kinds };
