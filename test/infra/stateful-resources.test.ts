import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Resource, synthesized } from './support/synthesized.ts';

const FILE = join(import.meta.dirname, 'stateful-resources.json');
const UPDATE = 'UPDATE_STATEFUL_RESOURCES';

/** Per type that holds state: the properties that cannot change without a new, empty resource. */
const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'GlobalSecondaryIndexes', 'AttributeDefinitions'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SQS::Queue': ['QueueName'],
  'AWS::Events::EventBus': ['Name'],
  'AWS::Events::Archive': ['ArchiveName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
};

const identityOf = ({ Type, Properties }: Resource): Record<string, unknown> => ({
  type: Type,
  ...Object.fromEntries((IDENTITY[Type] ?? []).map((property) => [property, Properties[property] ?? null])),
});

const statefulResources = (): Record<string, unknown> =>
  Object.fromEntries(
    [...synthesized('prod').resources]
      .filter(([, { Type }]) => Type in IDENTITY)
      .map(([logicalId, resource]): [string, unknown] => [logicalId, identityOf(resource)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

describe('stateful resources', () => {
  it('keep their logical ids, names, keys and indexes', () => {
    const now = statefulResources();
    if (process.env[UPDATE] === '1') writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);

    const known: unknown = JSON.parse(readFileSync(FILE, 'utf8'));

    expect(
      now,
      `A deployment would replace what changed here by something empty, or fail on its name. If that is meant, write in docs/operators/deploy.md how to migrate, then run: ${UPDATE}=1 npx vitest run --project unit test/infra/stateful-resources.test.ts`,
    ).toEqual(known);
  });

  it('are of a kind that this test knows, or hold no state', () => {
    const stateless = new Set([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      // Alarms are encrypted with it on their way, and nothing is kept.
      'AWS::KMS::Alias',
      'AWS::KMS::Key',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Url',
      'AWS::Logs::ResourcePolicy',
      'AWS::S3::BucketPolicy',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::QueuePolicy',
    ]);

    const unknown = [...synthesized('prod').resources.values()].filter(
      ({ Type }) => !(Type in IDENTITY) && !stateless.has(Type),
    );

    expect(unknown).toEqual([]);
  });
});
