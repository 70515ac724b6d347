import * as z from 'zod';
import { regionalArn } from '../arns.ts';
import { defineKind, ignored, tags } from './kind.ts';

const topicSchema = z.strictObject({
  TopicName: z.string().optional(),
  DisplayName: ignored('the name in mails, of which none is sent'),
  KmsMasterKeyId: ignored('nothing here is encrypted under a key'),
  Tags: tags,
});

const topic = defineKind('AWS::SNS::Topic', topicSchema, ({ TopicName }, { fallbackName }, { frontDoor }) => {
  const name = TopicName ?? fallbackName;
  const topicArn = regionalArn('sns', name);
  frontDoor.sns.createTopic(topicArn);
  return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
});

const subscriptionSchema = z.strictObject({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string(),
});

const subscription = defineKind(
  'AWS::SNS::Subscription',
  subscriptionSchema,
  ({ TopicArn, Protocol, Endpoint }, { fallbackName }, { frontDoor }) => {
    frontDoor.sns.subscribe({ topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint });
    return { ref: `${TopicArn}:${fallbackName}`, attributes: {} };
  },
);

export { subscription, topic };
