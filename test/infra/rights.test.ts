import { describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../lib/constants.ts';
import { rightsOf } from './support/statements.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('prod');

/** `Get nodes`, `Query nodes/byLifecycle`, … : what a function may do with tables. */
const tableRightsOf = (name: FunctionName): string[] => {
  const [role] = stack.named('AWS::IAM::Role', 'RoleName', `drover-prod-${name}`);
  return rightsOf(stack, role)
    .flatMap(({ Action, Resource }) =>
      Action.filter((action) => action.startsWith('dynamodb:')).flatMap((action) =>
        Resource.map((resource) => {
          const [, table = '?'] = /"State([A-Z][a-z]+)[0-9A-F]{8}"/.exec(JSON.stringify(resource)) ?? [];
          const [, index = ''] = /(\/index\/\w+)/.exec(JSON.stringify(resource)) ?? [];
          return `${action.replace(/^dynamodb:|Item$/g, '')} ${table.toLowerCase()}${index}`;
        }),
      ),
    )
    .sort();
};

const DISTRIBUTING = [
  'Get artifacts',
  'Get commands',
  'Get control',
  'Get distributions',
  'Get nodes',
  'Put artifacts',
  'Put audit',
  'Put commands',
  'Put control',
  'Put distributions',
  'Query artifacts',
  'Query artifacts/index/byDeliveryState',
  'Query artifacts/index/byName',
  'Query nodes/index/byLifecycle',
  'Update artifacts',
  'Update control',
  'Update distributions',
];

describe('rights to tables', () => {
  it.each<[FunctionName, string[]]>([
    [
      FUNCTIONS.enrollNode,
      [
        'Get identity',
        'Get nodes',
        'Put audit',
        'Put identity',
        'Put nodes',
        'Update identity',
        'Update nodes',
      ],
    ],
    [FUNCTIONS.routeEvents, []],
    [
      FUNCTIONS.recordReports,
      [
        'Get artifacts',
        'Get commands',
        'Get control',
        'Get distributions',
        'Get nodes',
        'Get work',
        'Put artifacts',
        'Put audit',
        'Put work',
        'Query artifacts/index/byName',
        'Update artifacts',
        'Update commands',
        'Update control',
        'Update distributions',
        'Update nodes',
      ],
    ],
    [FUNCTIONS.dispatchDistribution, DISTRIBUTING],
    [FUNCTIONS.dispatchSync, DISTRIBUTING],
    [
      FUNCTIONS.sweepDeliveries,
      [
        ...DISTRIBUTING,
        'BatchGet nodes',
        'Query commands/index/byNodeStatus',
        'Query control',
        'Query distributions/index/byState',
        'Update commands',
        'Update nodes',
      ].sort(),
    ],
    [
      FUNCTIONS.reconcileInstances,
      [
        'BatchGet nodes',
        'Get control',
        'Get nodes',
        'Put audit',
        'Put control',
        'Put instances',
        'Query control',
        'Query instances',
        'Query nodes/index/byLifecycle',
        'Update control',
        'Update nodes',
      ],
    ],
    [
      FUNCTIONS.shutDownIdle,
      [
        'BatchGet nodes',
        'Get artifacts',
        'Get control',
        'Get nodes',
        'Put audit',
        'Put commands',
        'Put control',
        'Query control',
        'Query instances',
        'Query nodes/index/byLifecycle',
        'Query work/index/byStatus',
        'Update control',
        'Update nodes',
      ],
    ],
    [
      FUNCTIONS.repairReplication,
      [
        'BatchGet nodes',
        'Get artifacts',
        'Get commands',
        'Get control',
        'Get nodes',
        'Put artifacts',
        'Put audit',
        'Put commands',
        'Put control',
        'Query artifacts',
        'Query artifacts/index/byNode',
        'Query artifacts/index/byReplicas',
        'Query control',
        'Query nodes/index/byLifecycle',
        'Update artifacts',
        'Update control',
        'Update nodes',
      ],
    ],
    [FUNCTIONS.recordOutcomes, ['Get control', 'Put control']],
    [FUNCTIONS.recordRatings, ['Get campaigns', 'Get control', 'Put campaigns', 'Put control']],
    [
      FUNCTIONS.populateQueue,
      [
        'BatchGet campaigns',
        'BatchGet nodes',
        'Get control',
        'Put control',
        'Put work',
        'Query control',
        'Query nodes/index/byLifecycle',
        'Query work/index/byStatus',
        'Update control',
      ],
    ],
    [
      FUNCTIONS.dispatchWork,
      [
        'BatchGet nodes',
        'Get control',
        'Get nodes',
        'Get work',
        'Put commands',
        'Put work',
        'Query control',
        'Query nodes/index/byLifecycle',
        'Query work/index/byStatus',
        'Query work/index/byUntold',
        'Update nodes',
      ],
    ],
    [
      FUNCTIONS.scoreHealth,
      [
        'BatchGet nodes',
        'Get control',
        'Put audit',
        'Put control',
        'Query control',
        'Query instances',
        'Query nodes/index/byLifecycle',
        'Update control',
        'Update nodes',
      ],
    ],
  ])('%s', (name, expected) => {
    expect(tableRightsOf(name)).toEqual(expected);
  });
});
