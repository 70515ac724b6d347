import { ListSubscriptionsByTopicCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import { ACCOUNT, keysWithPolicy, REGION, refusalOf, start } from './support/front-door.ts';

const TopicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`;

let cloud: FrontDoor;
beforeAll(async () => {
  cloud = await start();
  cloud.sns.createTopic(TopicArn);
});
afterAll(() => cloud.stop());

const clientOf = (credentials: ReturnType<typeof keysWithPolicy> | FrontDoor['principals']['operator']) =>
  new SNSClient({ endpoint: cloud.endpoint, region: REGION, credentials, maxAttempts: 1 });

describe('the SNS emulator', () => {
  it('lists who the stack subscribed, once each, as not confirmed: nothing is ever sent from here', async () => {
    const mail = { topicArn: TopicArn, protocol: 'email', endpoint: 'a&b@example.org' };
    cloud.sns.subscribe(mail);
    cloud.sns.subscribe(mail);

    const { Subscriptions } = await clientOf(cloud.principals.operator).send(
      new ListSubscriptionsByTopicCommand({ TopicArn }),
    );

    expect(Subscriptions).toEqual([
      {
        SubscriptionArn: 'PendingConfirmation',
        Owner: ACCOUNT,
        Protocol: 'email',
        Endpoint: 'a&b@example.org',
        TopicArn,
      },
    ]);
  });

  it('refuses a topic that nobody made, an action that it does not know, and a caller without the right', async () => {
    const operator = clientOf(cloud.principals.operator);
    const stranger = clientOf(keysWithPolicy(cloud, 'stranger', []));
    const other = new ListSubscriptionsByTopicCommand({ TopicArn: `${TopicArn}-other` });

    expect(await refusalOf(operator.send(other))).toEqual({ name: 'NotFoundException', status: 404 });
    expect(await refusalOf(operator.send(new ListTopicsCommand({})))).toMatchObject({ status: 400 });
    expect(await refusalOf(stranger.send(new ListSubscriptionsByTopicCommand({ TopicArn })))).toMatchObject({
      status: 403,
    });
  });
});
