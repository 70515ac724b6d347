import * as z from 'zod';
import type { Synthesized } from './synthesized.ts';

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

const statementSchema = z.looseObject({
  Sid: z.string().optional(),
  Effect: z.string(),
  Action: oneOrMore,
  Principal: z.unknown().optional(),
  Resource: z
    .unknown()
    .optional()
    .transform((value) => [value].flat()),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
type Statement = z.infer<typeof statementSchema>;

const documentSchema = z.looseObject({ Statement: z.array(statementSchema) });

/** The statements of a policy document. */
const statementsOf = (document: unknown): Statement[] => documentSchema.parse(document).Statement;

/** What the role with this logical id may do: the statements of every policy attached to it. */
const rightsOf = (stack: Synthesized, roleLogicalId: string): Statement[] =>
  stack.ofType('AWS::IAM::Policy').flatMap(([, resource]) => {
    const { Roles, PolicyDocument } = resource.Properties;
    return JSON.stringify(Roles).includes(`"${roleLogicalId}"`) ? statementsOf(PolicyDocument) : [];
  });

/** The statements of the queue's or bucket's own policy. */
const resourcePolicyOf = (
  stack: Synthesized,
  type: 'AWS::SQS::QueuePolicy' | 'AWS::S3::BucketPolicy',
  logicalId: string,
): Statement[] =>
  stack.ofType(type).flatMap(([, resource]) => {
    const { Queues, Bucket, PolicyDocument } = resource.Properties;
    return JSON.stringify(Queues ?? Bucket).includes(`"${logicalId}"`) ? statementsOf(PolicyDocument) : [];
  });

export type { Statement };
export { resourcePolicyOf, rightsOf, statementsOf };
