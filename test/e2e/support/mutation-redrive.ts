import * as z from 'zod';
import type { Template } from '../../../local/template/template.ts';
import { nameOf, resourcesOfType } from './mutation-names.ts';
import { elsewhere, withProperties } from './mutation-template.ts';
import type { Mutation } from './mutation-type.ts';

const queueSchema = z.looseObject({
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.number() }).optional(),
});

/** Each redrive policy deleted, with one try more or fewer, and to another dead-letter queue. */
const redriveMutations = (template: Template): Mutation[] =>
  resourcesOfType(template, 'AWS::SQS::Queue').flatMap(([id, { Properties }]) => {
    const { RedrivePolicy } = queueSchema.parse(Properties);
    if (RedrivePolicy === undefined) return [];
    const queue = nameOf(template, id);
    const { deadLetterTargetArn, maxReceiveCount } = RedrivePolicy;
    const isDeadLetterQueue = (other: string): boolean => nameOf(template, other).endsWith('-dlq');
    const variants: Record<string, unknown> = {
      deleted: undefined,
      'with one try fewer': { ...RedrivePolicy, maxReceiveCount: maxReceiveCount - 1 },
      'with one try more': { ...RedrivePolicy, maxReceiveCount: maxReceiveCount + 1 },
      'to another dead-letter queue': {
        ...RedrivePolicy,
        deadLetterTargetArn: elsewhere(template, deadLetterTargetArn, isDeadLetterQueue),
      },
    };
    return Object.entries(variants).map(([change, policy]) => ({
      name: `redrive policy of ${queue} ${change}`,
      about: [`redrive of ${queue}`],
      template: withProperties(template, id, { RedrivePolicy: policy }),
    }));
  });

export { redriveMutations };
