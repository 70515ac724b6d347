import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createDroverApp } from '../../infra/drover-app.ts';
import { Monitoring } from '../../infra/monitoring.ts';
import { ConfigurationError } from '../../infra/stage.ts';
import { METRICS, SEVERITIES } from '../../lib/constants.ts';
import { statementsOf } from './support/statements.ts';
import { synthesized } from './support/synthesized.ts';
import { textOf } from './support/text-of.ts';

const stack = synthesized('prod');
const fromAlarmsOfThisStage = {
  StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
  ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([':alarm:drover-prod-*'])] } },
};

const subscriptionsWith = (context: Record<string, unknown>) => {
  const outdir = mkdtempSync(join(tmpdir(), 'drover-monitoring-'));
  const { app, stack: made } = createDroverApp({
    outdir,
    context: { stage: 'prod', bundle: 'false', ...context },
  });
  const { Resources } = z
    .looseObject({
      Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.unknown() })),
    })
    .parse(app.synth().getStackByName(made.stackName).template);
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::SNS::Subscription')
    .map(({ Properties }) => z.looseObject({ Protocol: z.string(), Endpoint: z.string() }).parse(Properties))
    .map(({ Protocol, Endpoint }) => `${Protocol} ${Endpoint}`);
};

describe('topics', () => {
  it.each(SEVERITIES)('%s is encrypted by a key that rotates and speaks TLS only', (severity) => {
    const [topicId, topic] = stack.named('AWS::SNS::Topic', 'TopicName', `drover-prod-alarms-${severity}`);
    const [[keyId, key] = ['none', undefined]] = stack.ofType('AWS::KMS::Key');
    const policy = stack
      .ofType('AWS::SNS::TopicPolicy')
      .find(([, { Properties }]) => JSON.stringify(Properties['Topics']).includes(`"${topicId}"`));

    expect(topic.Properties).toMatchObject({ KmsMasterKeyId: { 'Fn::GetAtt': [keyId, 'Arn'] } });
    expect(key?.Properties).toMatchObject({ EnableKeyRotation: true });
    expect(statementsOf(policy?.[1].Properties['PolicyDocument'])).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: ['sns:Publish'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it('let alarms of this stage publish, which a policy of their own would else forbid, and nobody else', () => {
    for (const [, { Properties }] of stack.ofType('AWS::SNS::TopicPolicy')) {
      const allowed = statementsOf(Properties['PolicyDocument']).filter(({ Effect }) => Effect === 'Allow');
      expect(allowed).toMatchObject([
        {
          Action: ['sns:Publish'],
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: fromAlarmsOfThisStage,
        },
      ]);
    }
  });

  it('have a key that alarms of this stage may use: without that they would be lost in silence', () => {
    const [[, key] = ['none', undefined]] = stack.ofType('AWS::KMS::Key');

    expect(statementsOf(key?.Properties['KeyPolicy'])).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: fromAlarmsOfThisStage,
      }),
    );
  });
});

describe('subscribers', () => {
  it('are none when nobody is named', () => {
    expect(stack.ofType('AWS::SNS::Subscription')).toEqual([]);
  });

  it('hear of every severity, by mail and by webhook', () => {
    const mail = 'email fleet@example.org';
    const hook = 'https https://example.org/hook';

    const made = subscriptionsWith({
      alarmEmail: 'fleet@example.org',
      alarmWebhook: 'https://example.org/hook',
    });

    expect(made.sort()).toEqual([mail, mail, mail, hook, hook, hook]);
  });

  it.each([
    ['alarmEmail', 'nobody'],
    ['alarmEmail', ''],
    ['alarmEmail', 7],
    ['alarmWebhook', 'http://example.org/hook'],
    ['alarmWebhook', 'example.org'],
  ])('are refused at synth when %s is %j', (name, value) => {
    expect(() => subscriptionsWith({ [name]: value })).toThrow(ConfigurationError);
    expect(() => subscriptionsWith({ [name]: value })).toThrow(new RegExp(`-c ${name}=`));
  });
});

describe('Monitoring.of', () => {
  it('says so when there is none yet', () => {
    const lonely = new Stack(new App({ analyticsReporting: false }), 'Lonely');

    expect(() => Monitoring.of(lonely)).toThrow(/made no Monitoring before it/);
  });
});

const partText = (part: unknown): string =>
  JSON.stringify(part).includes('Fn::GetAtt') ? 'arn:of:an:alarm' : textOf(part);

describe('the dashboard', () => {
  const [[, dashboard] = ['none', undefined]] = stack.ofType('AWS::CloudWatch::Dashboard');
  const body = z
    .object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })
    .parse(dashboard?.Properties['DashboardBody'])
    ['Fn::Join'][1].map((part) => partText(part))
    .join('');
  const { widgets } = z
    .object({ widgets: z.array(z.looseObject({ type: z.string(), properties: z.looseObject({}) })) })
    .parse(JSON.parse(body));

  it('answers five questions, from top to bottom', () => {
    const headings = widgets
      .filter(({ type }) => type === 'text')
      .map(({ properties }) => String(properties['markdown']).replace('## ', ''));

    expect(headings).toEqual([
      'Is it healthy?',
      'What does it cost?',
      'Is work flowing?',
      'Is data safe?',
      'What is broken?',
    ]);
  });

  it('shows every metric that functions write', () => {
    const { namespace: _namespace, ...names } = METRICS;

    expect(Object.values(names).filter((name) => !body.includes(`"${name}"`))).toEqual([]);
  });

  it('shows the state of every alarm', () => {
    const [status] = widgets.filter(({ type }) => type === 'alarm');

    expect(status?.properties['alarms']).toHaveLength(stack.ofType('AWS::CloudWatch::Alarm').length);
  });
});
