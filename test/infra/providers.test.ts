import { describe, expect, it } from 'vitest';
import { FUNCTIONS, LISTED_PROVIDERS } from '../../lib/constants.ts';
import { rightsOf } from './support/statements.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('prod');

describe('Providers', () => {
  it.each(LISTED_PROVIDERS)('asks %s every minute by a schedule of its own', (provider) => {
    const [, rule] = stack.named('AWS::Events::Rule', 'Name', `drover-prod-reconcile-instances-${provider}`);

    expect(rule.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Targets: [{ Input: JSON.stringify({ provider }), DeadLetterConfig: expect.anything() }],
    });
  });

  it('lets only those who ask providers read the keys, each by its name', () => {
    const readers = Object.values(FUNCTIONS).filter((name) => {
      const [role] = stack.named('AWS::IAM::Role', 'RoleName', `drover-prod-${name}`);
      return JSON.stringify(rightsOf(stack, role)).includes('secretsmanager:');
    });
    const [role] = stack.named('AWS::IAM::Role', 'RoleName', 'drover-prod-reconcile-instances');
    const [right] = rightsOf(stack, role).filter(({ Action }) => Action.join().includes('secretsmanager'));

    expect(readers).toEqual([FUNCTIONS.reconcileInstances, FUNCTIONS.shutDownIdle]);
    expect(right?.Action).toEqual(['secretsmanager:GetSecretValue']);
    for (const provider of LISTED_PROVIDERS)
      expect(JSON.stringify(right?.Resource)).toContain(`:secret:drover/prod/providers/${provider}-??????`);
  });

  it.each(LISTED_PROVIDERS)('alarms on unmanaged instances and on a listing that fails at %s', (provider) => {
    const names = stack.ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties['AlarmName']);

    expect(names).toContain(`drover-prod-unmanaged-${provider}`);
    expect(names).toContain(`drover-prod-stale-listing-${provider}`);
  });

  it('alarms when most of a budget is spent', () => {
    expect(stack.named('AWS::CloudWatch::Alarm', 'AlarmName', 'drover-prod-budget-reached')).toBeDefined();
  });
});
