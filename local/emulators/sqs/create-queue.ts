import * as z from 'zod';
import { SqsError } from '../../../node_modules/fauxqs/dist/common/errors.js';
import type { SqsQueue, SqsStore } from '../../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { validateQueueAttributes } from '../../../node_modules/fauxqs/dist/sqs/sqsTypes.js';
import { type JsonBody, parseInput } from '../json-protocol.ts';

const createSchema = z.object({
  QueueName: z.string().regex(/^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$/, 'not a queue name'),
  Attributes: z.record(z.string(), z.string()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
});

/** Policies are compared as JSON: the same policy may be spelled differently. */
const isSame = (left: string | undefined, right: string): boolean => {
  if (left === right) return true;
  try {
    return left !== undefined && JSON.stringify(JSON.parse(left)) === JSON.stringify(JSON.parse(right));
  } catch {
    return false;
  }
};

/**
 * CreateQueue with the account's own ARN (fauxqs knows only account 000000000000): the existing queue when every
 * given attribute agrees.
 * @throws SqsError `QueueNameExists` when one does not.
 */
const createOrFindQueue = (
  store: SqsStore,
  name: string,
  arn: string,
  url: string,
  body: JsonBody,
): SqsQueue => {
  const { Attributes, tags } = parseInput(createSchema, body, 'InvalidParameterValue');
  validateQueueAttributes(Attributes, SqsError);
  const existing = store.getQueueByName(name);
  if (existing === undefined) {
    return store.createQueue(
      name,
      url,
      arn,
      name.endsWith('.fifo')
        ? { FifoQueue: 'true', ContentBasedDeduplication: 'false', ...Attributes }
        : Attributes,
      tags,
    );
  }
  for (const [key, value] of Object.entries(Attributes)) {
    if (!isSame(existing.attributes[key], value)) {
      throw new SqsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${key}`,
      );
    }
  }
  return existing;
};

export { createOrFindQueue };
