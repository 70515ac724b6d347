import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FUNCTIONS } from '../../lib/constants.ts';
import { catalogue, eventsConsumedBy } from '../../lib/events/catalogue.ts';
import { resourcePolicyOf } from './support/statements.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('prod');
const getAttribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
const ruleSchema = z.looseObject({
  Name: z.string(),
  State: z.literal('ENABLED'),
  EventPattern: z.record(z.string(), z.unknown()).optional(),
  Targets: z.array(z.looseObject({ Arn: z.unknown(), DeadLetterConfig: z.object({ Arn: getAttribute }) })),
});
const rules = stack.ofType('AWS::Events::Rule').map(([logicalId, { Properties }]) => ({
  logicalId,
  rule: ruleSchema.parse(Properties),
}));
const ruleNamed = (name: string) => rules.find(({ rule }) => rule.Name === name)?.rule;

const allowsRule = (queueId: string, ruleId: string): boolean =>
  resourcePolicyOf(stack, 'AWS::SQS::QueuePolicy', queueId).some(
    ({ Effect, Action, Principal, Condition }) =>
      Effect === 'Allow' &&
      Action.includes('sqs:SendMessage') &&
      JSON.stringify(Principal) === '{"Service":"events.amazonaws.com"}' &&
      JSON.stringify(Condition) === `{"ArnEquals":{"aws:SourceArn":{"Fn::GetAtt":["${ruleId}","Arn"]}}}`,
  );

describe('rules', () => {
  it('are those of the contract', () => {
    expect(rules.map(({ rule }) => rule.Name).sort()).toEqual([
      'drover-prod-dispatch-distribution',
      'drover-prod-dispatch-sync',
      'drover-prod-dispatch-work',
      'drover-prod-dispatch-work-sweep',
      'drover-prod-external',
      'drover-prod-log',
      'drover-prod-populate-queue',
      'drover-prod-reconcile-instances-lambda-labs',
      'drover-prod-reconcile-instances-runpod',
      'drover-prod-reconcile-instances-vast',
      'drover-prod-record-outcomes',
      'drover-prod-record-ratings',
      'drover-prod-repair-replication',
      'drover-prod-score-health',
      'drover-prod-shut-down-idle-lambda-labs',
      'drover-prod-shut-down-idle-runpod',
      'drover-prod-shut-down-idle-vast',
      'drover-prod-sweep-deliveries',
    ]);
  });

  it.each(rules)(
    '$rule.Name: each target has a dead-letter queue that takes it from this rule',
    ({ logicalId, rule }) => {
      expect(rule.Targets).toHaveLength(1);
      for (const { Arn, DeadLetterConfig } of rule.Targets) {
        expect(allowsRule(DeadLetterConfig.Arn['Fn::GetAtt'][0], logicalId)).toBe(true);
        const target = getAttribute.safeParse(Arn).data?.['Fn::GetAtt'][0];
        if (target !== undefined && stack.resources.get(target)?.Type === 'AWS::SQS::Queue') {
          expect(allowsRule(target, logicalId)).toBe(true);
        }
      }
    },
  );

  it('leave out no source: what is not ours is external', () => {
    expect(ruleNamed('drover-prod-external')?.EventPattern).toEqual({
      source: [{ 'anything-but': { prefix: 'drover' } }],
    });
    expect(ruleNamed('drover-prod-dispatch-distribution')?.EventPattern).toMatchObject({
      source: [{ prefix: 'drover' }],
    });
  });

  it('bring each consumer the events that the catalogue gives it [events#6-3]', () => {
    const consumed = Object.entries(catalogue).filter(([, { consumers }]) => consumers !== 'audit-only');
    const consumerNames = [
      FUNCTIONS.dispatchDistribution,
      FUNCTIONS.dispatchSync,
      FUNCTIONS.recordOutcomes,
      FUNCTIONS.recordRatings,
      FUNCTIONS.dispatchWork,
    ];
    const delivered = consumerNames.flatMap((consumer) => {
      const events = eventsConsumedBy(consumer);
      expect(ruleNamed(`drover-prod-${consumer}`)?.EventPattern?.['detail-type']).toEqual(events);
      return events;
    });

    expect(consumed.map(([name]) => name).sort()).toEqual([...new Set(delivered)].sort());
  });

  it('write every event into the log group, which lets EventBridge write', () => {
    const [logGroupId, logGroup] = stack.named('AWS::Logs::LogGroup', 'LogGroupName', '/drover/prod/events');
    const [[, policy] = ['none']] = stack.ofType('AWS::Logs::ResourcePolicy');

    expect(ruleNamed('drover-prod-log')?.EventPattern).toEqual({ source: [{ prefix: '' }] });
    expect(JSON.stringify(ruleNamed('drover-prod-log')?.Targets)).toContain(`"Ref":"${logGroupId}"`);
    expect(logGroup.Properties).toMatchObject({ RetentionInDays: 30 });
    expect(JSON.stringify(policy)).toContain(`{"Fn::GetAtt":["${logGroupId}","Arn"]}`);
    expect(JSON.stringify(policy)).toContain('events.amazonaws.com');
  });
});

describe('the archive', () => {
  it('keeps every event for 14 days', () => {
    const [[, archive] = ['none']] = stack.ofType('AWS::Events::Archive');

    expect(archive?.Properties).toMatchObject({
      RetentionDays: 14,
      EventPattern: { source: [{ prefix: '' }] },
    });
  });
});
