import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { queueUrl, regionalArn } from '../arns.ts';
import { defineKind, ignored, tags, type Workshop } from './kind.ts';

const queueSchema = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.coerce.number().optional(),
  MessageRetentionPeriod: z.coerce.number().optional(),
  DelaySeconds: z.coerce.number().optional(),
  MaximumMessageSize: z.coerce.number().optional(),
  ReceiveMessageWaitTimeSeconds: z.coerce.number().optional(),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() })
    .optional(),
  RedriveAllowPolicy: ignored('says which queues may use this one as dead-letter queue; all are ours'),
  SqsManagedSseEnabled: ignored('the disk is the user’s own'),
  Tags: tags,
});
type QueueProperties = z.infer<typeof queueSchema>;

const attributesOf = (properties: QueueProperties): Partial<Record<QueueAttributeName, string>> => {
  const numbers = {
    VisibilityTimeout: properties.VisibilityTimeout ?? 30,
    MessageRetentionPeriod: properties.MessageRetentionPeriod ?? 345_600,
    DelaySeconds: properties.DelaySeconds ?? 0,
    ReceiveMessageWaitTimeSeconds: properties.ReceiveMessageWaitTimeSeconds ?? 0,
  };
  const attributes: Partial<Record<QueueAttributeName, string>> = Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, String(value)]),
  );
  if (properties.MaximumMessageSize !== undefined) {
    attributes.MaximumMessageSize = String(properties.MaximumMessageSize);
  }
  if (properties.RedrivePolicy !== undefined) {
    attributes.RedrivePolicy = JSON.stringify(properties.RedrivePolicy);
  }
  return attributes;
};

const exists = async (name: string, { sqs }: Workshop): Promise<boolean> => {
  try {
    await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return true;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return false;
    throw error;
  }
};

const queue = defineKind('AWS::SQS::Queue', queueSchema, async (properties, { fallbackName }, workshop) => {
  const name = properties.QueueName ?? fallbackName;
  const url = queueUrl(name);
  const Attributes = attributesOf(properties);
  if (await exists(name, workshop)) {
    // A start may find a queue of an older template: a redrive policy that is gone from the template goes.
    const redrive = properties.RedrivePolicy === undefined ? { RedrivePolicy: '' } : {};
    await workshop.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { ...Attributes, ...redrive } }),
    );
  } else {
    await workshop.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  }
  const arn = regionalArn('sqs', name);
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
});

const queuePolicySchema = z.strictObject({ Queues: z.array(z.string()), PolicyDocument: z.unknown() });

const queuePolicy = defineKind(
  'AWS::SQS::QueuePolicy',
  queuePolicySchema,
  async ({ Queues, PolicyDocument }, { fallbackName }, { sqs, frontDoor, wiring }) => {
    for (const url of Queues) {
      const name = url.slice(url.lastIndexOf('/') + 1);
      const arn = regionalArn('sqs', name);
      await sqs.send(
        new SetQueueAttributesCommand({
          QueueUrl: url,
          Attributes: { Policy: JSON.stringify(PolicyDocument) },
        }),
      );
      frontDoor.authorizer.setResourcePolicy(arn, PolicyDocument);
      wiring.queuePolicies.set(arn, PolicyDocument);
    }
    return { ref: fallbackName, attributes: {} };
  },
);

export { queue, queuePolicy };
