import {
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import { clientsOf, keysWithPolicy, refusalOf, start, temporaryFolder } from './support/front-door.ts';

const GROUP = '/test/events';

describe('the CloudWatch Logs emulator', () => {
  let cloud: FrontDoor;

  beforeAll(async () => {
    cloud = await start();
    cloud.logs.createGroup(GROUP);
    cloud.logs.append(GROUP, 'a', 1000, JSON.stringify({ source: 'drover', 'detail-type': 'One' }));
    cloud.logs.append(
      GROUP,
      'b',
      2000,
      JSON.stringify({ source: 'pipeline', 'detail-type': 'Two', detail: { n: 1 } }),
    );
    cloud.logs.append(GROUP, 'a', 3000, 'plain text of an ERROR');
  });
  afterAll(() => cloud.stop());

  const timesOf = async (input: Partial<FilterLogEventsCommand['input']>) => {
    const { events } = await clientsOf(cloud).logs.send(
      new FilterLogEventsCommand({ logGroupName: GROUP, ...input }),
    );
    return events?.map(({ timestamp }) => timestamp);
  };

  it.each<[string, Partial<FilterLogEventsCommand['input']>, number[]]>([
    ['all', {}, [1000, 2000, 3000]],
    ['a time span, both ends included', { startTime: 2000, endTime: 3000 }, [2000, 3000]],
    ['a stream', { logStreamNames: ['a'] }, [1000, 3000]],
    ['a term', { filterPattern: 'ERROR' }, [3000]],
    ['two terms', { filterPattern: 'ERROR "plain text"' }, [3000]],
    ['an excluded term', { filterPattern: '-ERROR' }, [1000, 2000]],
    ['a JSON field', { filterPattern: '{ $.source = "pipeline" }' }, [2000]],
    ['JSON fields', { filterPattern: `{ ($.source = "drover") && ($['detail-type'] = "One") }` }, [1000]],
    ['a nested JSON field', { filterPattern: '{ $.detail.n = "1" }' }, [2000]],
  ])('finds %s', async (_what, input, times) => {
    expect(await timesOf(input)).toEqual(times);
  });

  it('pages, and gives an event the same id each time', async () => {
    const { logs } = clientsOf(cloud);
    const page = (nextToken?: string) =>
      logs.send(
        new FilterLogEventsCommand({ logGroupName: GROUP, limit: 2, ...(nextToken && { nextToken }) }),
      );
    const first = await page();
    const second = await page(first.nextToken);
    expect(first.events?.map(({ timestamp }) => timestamp)).toEqual([1000, 2000]);
    expect(second.events?.map(({ timestamp }) => timestamp)).toEqual([3000]);
    expect(second.nextToken).toBeUndefined();
    expect((await page()).events?.[0]?.eventId).toBe(first.events?.[0]?.eventId);
  });

  it('refuses unknown groups and filters that it does not understand', async () => {
    const { logs } = clientsOf(cloud);
    const unknown = logs.send(new FilterLogEventsCommand({ logGroupName: '/nowhere' }));
    expect((await refusalOf(unknown)).name).toBe('ResourceNotFoundException');
    const filter = logs.send(
      new FilterLogEventsCommand({ logGroupName: GROUP, filterPattern: '{ $.n > 1 }' }),
    );
    expect((await refusalOf(filter)).name).toBe('InvalidParameterException');
    expect(() => cloud.logs.append('/nowhere', 'a', 1, 'x')).toThrow('does not exist');
  });

  it('holds a role to its policies', async () => {
    const { logs } = clientsOf(cloud, keysWithPolicy(cloud, 'logless', []));
    const call = logs.send(new FilterLogEventsCommand({ logGroupName: GROUP }));
    expect((await refusalOf(call)).name).toBe('AccessDeniedException');
  });

  it('keeps lines over a restart', async () => {
    const dataFolder = temporaryFolder(onTestFinished);
    const first = await start({ dataFolder });
    first.logs.createGroup(GROUP);
    await clientsOf(first).logs.send(
      new PutLogEventsCommand({
        logGroupName: GROUP,
        logStreamName: 's',
        logEvents: [{ timestamp: 5, message: 'kept' }],
      }),
    );
    await first.stop();
    const second = await start({ dataFolder });
    second.logs.createGroup(GROUP);
    const { logs } = clientsOf(second);
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: GROUP }));
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/test' }));
    await second.stop();
    expect(events).toMatchObject([{ message: 'kept', timestamp: 5, logStreamName: 's' }]);
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual([GROUP]);
  });
});
