import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { nodeQueueName } from '../lib/constants.ts';

/** A nodeId is `n-` and 12 hex digits. `?` is exactly one character, so that no right reaches further than to node queues. */
const ANY_NODE_ID = 'n-????????????';

/** The queues that are made at run time, one per node: their addresses before they exist. */
interface NodeQueues {
  /** Append a nodeId. */
  readonly urlPrefix: string;
  /** Append a nodeId. */
  readonly arnPrefix: string;
  /** All of them, as IAM matches them. */
  readonly anyArn: string;
  /** Lets a function send commands to nodes. */
  allowSending(grantee: IGrantable): void;
}

const nodeQueues = (scope: Construct, stage: string): NodeQueues => {
  const { account, partition, region, urlSuffix } = Stack.of(scope);
  const prefix = nodeQueueName(stage, '');
  const arnPrefix = `arn:${partition}:sqs:${region}:${account}:${prefix}`;
  const anyArn = `${arnPrefix}${ANY_NODE_ID}`;
  return {
    urlPrefix: `https://sqs.${region}.${urlSuffix}/${account}/${prefix}`,
    arnPrefix,
    anyArn,
    allowSending: (grantee) =>
      Grant.addToPrincipal({
        grantee,
        actions: ['sqs:SendMessage'],
        resourceArns: [anyArn],
      }).assertSuccess(),
  };
};

export type { NodeQueues };
export { ANY_NODE_ID, nodeQueues };
