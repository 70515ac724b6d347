import { describe, expect, it } from 'vitest';
import { TABLES } from '../../lib/constants.ts';
import { synthesized } from './support/synthesized.ts';

const tablesOf = (stage: string) =>
  synthesized(stage)
    .ofType('AWS::DynamoDB::Table')
    .map(([, resource]) => {
      const { TableName } = resource.Properties;
      return { name: String(TableName), resource };
    });

describe('State', () => {
  it('has one table per aggregate', () => {
    const expected = Object.values(TABLES).map((name) => `drover-prod-${name}`);

    expect(
      tablesOf('prod')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(expected.sort());
  });

  it.each(tablesOf('prod'))('$name is on demand, recoverable, expiring and protected', ({ resource }) => {
    expect(resource).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAtEpochSeconds', Enabled: true },
      },
    });
  });

  it.each(tablesOf('dev'))('$name goes with its throw-away stage', ({ resource }) => {
    expect(resource).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        DeletionProtectionEnabled: false,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });

  it('projects no heartbeat into the index of nodes, so that a heartbeat costs one write', () => {
    const [, nodes] = synthesized('prod').named('AWS::DynamoDB::Table', 'TableName', 'drover-prod-nodes');

    expect(nodes.Properties).toMatchObject({
      GlobalSecondaryIndexes: [{ IndexName: 'byLifecycle', Projection: { ProjectionType: 'KEYS_ONLY' } }],
    });
  });
});
