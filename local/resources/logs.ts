import * as z from 'zod';
import { regionalArn } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';
import { defineKind, ignored, tags } from './kind.ts';

const logGroupSchema = z.strictObject({
  LogGroupName: z.string().optional(),
  RetentionInDays: ignored('the data folder belongs to the user, who empties it'),
  LogGroupClass: ignored('a price'),
  DeletionProtectionEnabled: ignored('the embedded cloud never deletes a log group'),
  Tags: tags,
});

const logGroup = defineKind(
  'AWS::Logs::LogGroup',
  logGroupSchema,
  (properties, { fallbackName }, { frontDoor }) => {
    const name = properties.LogGroupName ?? fallbackName;
    frontDoor.logs.createGroup(name);
    return { ref: name, attributes: { Arn: regionalArn('logs', `log-group:${name}:*`) } };
  },
);

const resourcePolicySchema = z.strictObject({ PolicyName: z.string(), PolicyDocument: z.string() });

const logResourcePolicy = defineKind(
  'AWS::Logs::ResourcePolicy',
  resourcePolicySchema,
  ({ PolicyName, PolicyDocument }, { logicalId }, { wiring }) => {
    try {
      wiring.logPolicies.push(JSON.parse(PolicyDocument));
    } catch (error) {
      throw new CloudError(`AWS::Logs::ResourcePolicy ${logicalId}: its document is not JSON`, {
        cause: error,
      });
    }
    return { ref: PolicyName, attributes: {} };
  },
);

export { logGroup, logResourcePolicy };
