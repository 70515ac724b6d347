import { afterEach, describe, expect, it } from 'vitest';
import { type CloudUnderTest, startUnderTest } from './support/cloud-under-test.ts';
import { getArn, lambda, permission, queue, queuePolicy, role, rule } from './support/resources.ts';

let running: CloudUnderTest | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const start = async (...args: Parameters<typeof startUnderTest>): Promise<CloudUnderTest> => {
  running = await startUnderTest(...args);
  return running;
};

const PATTERN = { source: ['test'], 'detail-type': [{ prefix: 'Job' }] };

const toTarget = (target: Record<string, unknown>) => ({
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
  Rule: rule('jobs', {
    EventBusName: { Ref: 'Bus' },
    EventPattern: PATTERN,
    Targets: [{ Id: 'Target0', DeadLetterConfig: { Arn: getArn('Undelivered') }, ...target }],
  }),
  Undelivered: queue('undelivered'),
  UndeliveredPolicy: queuePolicy('Undelivered', 'Rule'),
});

describe('rules with a queue as target', () => {
  const stack = {
    ...toTarget({ Arn: getArn('Jobs') }),
    Jobs: queue('jobs'),
    JobsPolicy: queuePolicy('Jobs', 'Rule'),
  };

  it('send the matching event as it is', async () => {
    const { putEvent, receive } = await start(stack);

    await putEvent('Other', {}, 'bus');
    await putEvent('JobDone', { id: 7 }, 'bus');
    const messages = await receive('jobs');

    expect(messages).toHaveLength(1);
    expect(JSON.parse(messages[0]?.Body ?? '')).toMatchObject({
      version: '0',
      source: 'test',
      'detail-type': 'JobDone',
      account: '000000000000',
      region: 'us-east-1',
      detail: { id: 7 },
    });
  });

  it('dead-letter the event when the queue’s policy does not let the rule in', async () => {
    const { JobsPolicy: _, ...withoutPolicy } = stack;
    const { putEvent, receive } = await start(withoutPolicy);

    await putEvent('JobDone', { id: 7 }, 'bus');
    const [message] = await receive('undelivered');

    expect(message?.MessageAttributes?.['ERROR_CODE']?.StringValue).toBe('NO_PERMISSIONS');
    expect(message?.MessageAttributes?.['RULE_ARN']?.StringValue).toBe(
      'arn:aws:events:us-east-1:000000000000:rule/bus/jobs',
    );
    expect(await receive('jobs', 0)).toEqual([]);
  });

  it('lose an event that may not even be dead-lettered, and say so', async () => {
    const { JobsPolicy: _, UndeliveredPolicy: __, ...withoutPolicies } = stack;
    const { putEvent, receive, lines } = await start(withoutPolicies);

    await putEvent('JobDone', { id: 7 }, 'bus');

    await expect.poll(() => lines.join('\n'), { timeout: 3000 }).toContain('does not let');
    expect(await receive('undelivered', 1)).toEqual([]);
  });

  it('do nothing when they are disabled', async () => {
    const disabled = {
      ...stack,
      Rule: { ...stack.Rule, Properties: { ...stack.Rule.Properties, State: 'DISABLED' } },
    };
    const { putEvent, receive } = await start(disabled);

    await putEvent('JobDone', {}, 'bus');

    expect(await receive('jobs', 1)).toEqual([]);
  });
});

const LOG_GROUP_ARN = 'arn:aws:logs:us-east-1:000000000000:log-group:/jobs';
const LOG_POLICY = {
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: `${LOG_GROUP_ARN}:*`,
    },
  ],
};

describe('rules with a log group as target', () => {
  const stack = {
    ...toTarget({ Arn: LOG_GROUP_ARN }),
    Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/jobs' } },
    GroupPolicy: {
      Type: 'AWS::Logs::ResourcePolicy',
      Properties: {
        PolicyName: 'events',
        PolicyDocument: JSON.stringify(LOG_POLICY),
      },
    },
  };

  it('write one line per event', async () => {
    const { putEvent, logged } = await start(stack);

    await putEvent('JobDone', { id: 7 }, 'bus');

    await expect.poll(async () => (await logged('/jobs')).length, { timeout: 3000 }).toBe(1);
    expect(JSON.parse((await logged('/jobs'))[0] ?? '')).toMatchObject({ detail: { id: 7 } });
  });

  it('dead-letter when no policy of CloudWatch Logs lets them in', async () => {
    const { GroupPolicy: _, ...withoutPolicy } = stack;
    const { putEvent, logged, receive } = await start(withoutPolicy);

    await putEvent('JobDone', { id: 7 }, 'bus');

    expect(await receive('undelivered')).toHaveLength(1);
    expect(await logged('/jobs')).toEqual([]);
  });
});

const WORKER = `
export const handler = async (event) => {
  console.log(JSON.stringify(event));
  if (event.detail?.bad) throw new Error('cannot');
};`;

describe('rules and schedules with a function as target', () => {
  const stack = {
    ...toTarget({ Arn: getArn('Worker') }),
    WorkerRole: role('worker', ['sqs:SendMessage']),
    Worker: lambda('worker', 'WorkerRole'),
    Permission: permission('Worker', { Principal: 'events.amazonaws.com', SourceArn: getArn('Rule') }),
    Failed: queue('failed'),
    Config: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Worker' },
        Qualifier: '$LATEST',
        DestinationConfig: { OnFailure: { Destination: getArn('Failed') } },
      },
    },
  };

  it('invoke it with the event', async () => {
    const { putEvent, logged } = await start(stack, { worker: WORKER });

    await putEvent('JobDone', { id: 7 }, 'bus');

    await expect.poll(async () => (await logged('/aws/lambda/worker')).length, { timeout: 5000 }).toBe(1);
  });

  it('repeat a failed invocation twice, then send the record to the failure destination', async () => {
    const { putEvent, logged, receive } = await start(
      stack,
      { worker: WORKER },
      { asyncRetryDelaysSeconds: [0.01] },
    );

    await putEvent('JobDone', { bad: true }, 'bus');
    const [message] = await receive('failed', 10);

    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { detail: { bad: true } },
      responsePayload: { errorMessage: 'cannot' },
    });
    const events = (await logged('/aws/lambda/worker')).filter((line) => line.includes('"detail-type"'));
    expect(events).toHaveLength(3);
  });

  it('dead-letter when no permission lets the rule in', async () => {
    const { Permission: _, ...withoutPermission } = stack;
    const { putEvent, receive } = await start(withoutPermission, { worker: WORKER });

    await putEvent('JobDone', {}, 'bus');
    const [message] = await receive('undelivered');

    expect(message?.MessageAttributes?.['ERROR_CODE']?.StringValue).toBe('NO_PERMISSIONS');
  });

  const scheduled = {
    WorkerRole: role('worker', []),
    Worker: lambda('worker', 'WorkerRole'),
    Rule: rule('each-minute', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [{ Id: 'Target0', Arn: getArn('Worker'), DeadLetterConfig: { Arn: getArn('Undelivered') } }],
    }),
    Permission: permission('Worker', { Principal: 'events.amazonaws.com', SourceArn: getArn('Rule') }),
    Undelivered: queue('undelivered'),
    UndeliveredPolicy: queuePolicy('Undelivered', 'Rule'),
  };

  it('fire a schedule by hand', async () => {
    const { cloud, logged } = await start(scheduled, { worker: WORKER }, { schedules: false });

    await cloud.tick('each-minute');

    await expect
      .poll(async () => (await logged('/aws/lambda/worker'))[0], { timeout: 3000 })
      .toContain('Scheduled Event');
  });

  it('dead-letter a schedule’s event when no permission lets it in', async () => {
    const { Permission: _, ...withoutPermission } = scheduled;
    const { cloud, receive } = await start(withoutPermission, { worker: WORKER });

    await cloud.tick('each-minute');
    const [message] = await receive('undelivered');

    expect(message?.MessageAttributes?.['ERROR_CODE']?.StringValue).toBe('NO_PERMISSIONS');
  });
});
