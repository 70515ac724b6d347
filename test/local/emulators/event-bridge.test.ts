import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import {
  ACCOUNT,
  clientsOf,
  keysWithPolicy,
  REGION,
  refusalOf,
  start,
  temporaryFolder,
} from './support/front-door.ts';

const entry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: 'bus',
  Source: 'pipeline',
  DetailType: 'Thing',
  Detail: JSON.stringify({ number: 1 }),
  ...more,
});

const rule = {
  busName: 'bus',
  name: 'things',
  eventPattern: { 'detail-type': ['Thing'] },
  targets: [{ id: 'one', arn: 'arn:target:one' }],
};

describe('the EventBridge emulator', () => {
  let cloud: FrontDoor;
  let events: EventBridgeClient;

  beforeEach(async () => {
    cloud = await start();
    ({ events } = clientsOf(cloud));
    cloud.events.createBus('bus');
  });
  afterEach(() => cloud.stop());

  const put = (...Entries: PutEventsRequestEntry[]) => events.send(new PutEventsCommand({ Entries }));

  it('delivers an event, as AWS writes it, to every target of the rules that match', async () => {
    const deliver = vi.fn(() => Promise.resolve());
    cloud.events.putRule({ ...rule, targets: [...rule.targets, { id: 'two', arn: 'arn:target:two' }] });
    cloud.events.putRule({ ...rule, name: 'others', eventPattern: { 'detail-type': ['Other'] } });
    cloud.events.onDeliver(deliver);
    const { Entries } = await put(entry({ Resources: ['r'], Time: new Date('2026-01-02T03:04:05Z') }));
    await vi.waitFor(() => expect(deliver).toHaveBeenCalledTimes(2));
    const event = {
      version: '0',
      id: Entries?.[0]?.EventId,
      'detail-type': 'Thing',
      source: 'pipeline',
      account: ACCOUNT,
      time: '2026-01-02T03:04:05Z',
      region: REGION,
      resources: ['r'],
      detail: { number: 1 },
    };
    const ruleArn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/bus/things`;
    expect(deliver).toHaveBeenCalledWith(ruleArn, 'arn:target:one', event);
    expect(deliver).toHaveBeenCalledWith(ruleArn, 'arn:target:two', event);
  });

  it('tells a listener of each event once, whatever rules there are', async () => {
    const listener = vi.fn();
    cloud.events.putRule({ ...rule, targets: [...rule.targets, { id: 'two', arn: 'arn:target:two' }] });
    cloud.events.onDeliver(() => Promise.resolve());
    cloud.events.onPut(listener);

    await put(entry(), entry({ DetailType: 'Other' }), entry({ Detail: '{' }));

    expect(listener.mock.calls.map(([event]) => event['detail-type'])).toEqual(['Thing', 'Other']);
  });

  it.each([
    ['no source', { Source: undefined }, 'InvalidArgument'],
    ['no detail type', { DetailType: undefined }, 'InvalidArgument'],
    ['no detail', { Detail: undefined }, 'InvalidArgument'],
    ['detail that is no JSON', { Detail: '{' }, 'MalformedDetail'],
    ['detail that is no object', { Detail: '[1]' }, 'MalformedDetail'],
    ["a source of AWS' own", { Source: 'aws.ec2' }, 'NotAuthorizedForSourceException'],
  ])('fails an entry with %s, and takes the others of the call', async (_what, wrong, code) => {
    const answer = await put(entry(), entry(wrong));
    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.[0]?.EventId).toBeDefined();
    expect(answer.Entries?.[1]).toMatchObject({ ErrorCode: code });
  });

  it('refuses more than 10 entries or 256 KB in one call', async () => {
    const many = Array.from({ length: 11 }, () => entry());
    expect((await refusalOf(put(...many))).name).toBe('ValidationException');
    const half = JSON.stringify({ text: 'x'.repeat(130 * 1024) });
    expect((await put(entry({ Detail: half }))).FailedEntryCount).toBe(0);
    expect((await refusalOf(put(entry({ Detail: half }), entry({ Detail: half })))).name).toBe(
      'ValidationException',
    );
  });

  it('puts an event that could not be delivered into the dead-letter queue, with the reason', async () => {
    const { sqs } = clientsOf(cloud);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed' }));
    cloud.events.putRule({
      ...rule,
      targets: [
        { id: 'one', arn: 'arn:target:one', deadLetterArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:failed` },
      ],
    });
    cloud.events.onDeliver(() =>
      Promise.reject(Object.assign(new Error('no such queue'), { code: 'RESOURCE_NOT_FOUND' })),
    );
    await put(entry());
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] }),
    );
    expect(JSON.parse(Messages?.[0]?.Body ?? '')).toMatchObject({
      'detail-type': 'Thing',
      detail: { number: 1 },
    });
    expect(Messages?.[0]?.MessageAttributes).toMatchObject({
      RULE_ARN: { StringValue: `arn:aws:events:${REGION}:${ACCOUNT}:rule/bus/things` },
      TARGET_ARN: { StringValue: 'arn:target:one' },
      ERROR_CODE: { StringValue: 'RESOURCE_NOT_FOUND' },
      ERROR_MESSAGE: { StringValue: 'no such queue' },
    });
  });

  it('refuses a rule with a pattern that is none, or on a bus that is not there', () => {
    expect(() => cloud.events.putRule({ ...rule, eventPattern: { source: 'x' } })).toThrow('not valid');
    expect(() => cloud.events.putRule({ ...rule, busName: 'nowhere' })).toThrow('nowhere does not exist');
  });

  it('holds a role to its policies, bus by bus', async () => {
    const keys = keysWithPolicy(cloud, 'publisher', [
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/bus`,
      },
    ]);
    const publisher = clientsOf(cloud, keys).events;
    expect((await publisher.send(new PutEventsCommand({ Entries: [entry()] }))).FailedEntryCount).toBe(0);
    const elsewhere = publisher.send(new PutEventsCommand({ Entries: [entry({ EventBusName: 'default' })] }));
    expect(await refusalOf(elsewhere)).toEqual({ name: 'AccessDeniedException', status: 400 });
  });

  it('delivers after a restart what was accepted and not delivered before, and nothing else', async () => {
    const dataFolder = temporaryFolder(onTestFinished);
    const first = await start({ dataFolder });
    first.events.createBus('bus');
    first.events.putRule(rule);
    const delivered = vi.fn(() => Promise.resolve());
    first.events.onDeliver(delivered);
    const send = (number: number) =>
      clientsOf(first).events.send(
        new PutEventsCommand({ Entries: [entry({ Detail: JSON.stringify({ number }) })] }),
      );
    await send(1);
    await vi.waitFor(() => expect(delivered).toHaveBeenCalledTimes(1));
    first.events.onDeliver(() => new Promise(() => undefined));
    await send(2);
    // The second is under way for ever: stopping does not wait for it, and does not forget it.
    await first.stop();
    const second = await start({ dataFolder });
    second.events.createBus('bus');
    second.events.putRule(rule);
    const redelivered = vi.fn((_rule: string, _target: string, event: { detail: unknown }) =>
      Promise.resolve(event),
    );
    second.events.onDeliver(async (...call) => void (await redelivered(...call)));
    await vi.waitFor(() => expect(redelivered).toHaveBeenCalledTimes(1));
    expect(redelivered.mock.calls[0]?.[2].detail).toEqual({ number: 2 });
    await second.stop();
  });
});
