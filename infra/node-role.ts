import { ArnPrincipal, Effect, Grant, type IRole, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { NODE_ID_TAG, NODE_ROLE, resourceName } from '../lib/constants.ts';
import { ANY_NODE_ID, type NodeQueues } from './node-queues.ts';

interface NodeRoleProps {
  readonly stage: string;
  /** The only role that may make sessions of this one. */
  readonly enroller: IRole;
  readonly nodeQueues: NodeQueues;
  readonly reports: IQueue;
}

/**
 * The role whose sessions are nodes. Everything a session may do is bound to its tag `nodeId`, and the trust
 * policy binds the session's name to the same tag: SQS shows that name as the sender of each report.
 */
class NodeRole extends Role {
  constructor(scope: Construct, id: string, { stage, enroller, nodeQueues, reports }: NodeRoleProps) {
    super(scope, id, {
      roleName: resourceName(stage, NODE_ROLE),
      description: 'What an enrolled node may do, for an hour at a time',
      // Only with the name that the tag says. Without a tag the variable has no value and nothing matches.
      assumedBy: new ArnPrincipal(enroller.roleArn).withConditions({
        StringEquals: { 'sts:RoleSessionName': `\${aws:RequestTag/${NODE_ID_TAG}}` },
      }),
    });
    this.assumeRolePolicy?.addStatements(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ArnPrincipal(enroller.roleArn)],
        actions: ['sts:TagSession'],
        conditions: {
          StringLike: { [`aws:RequestTag/${NODE_ID_TAG}`]: ANY_NODE_ID },
          'ForAllValues:StringEquals': { 'aws:TagKeys': [NODE_ID_TAG] },
        },
      }),
    );
    Grant.addToPrincipal({
      grantee: enroller,
      actions: ['sts:AssumeRole', 'sts:TagSession'],
      resourceArns: [this.roleArn],
    }).assertSuccess();
    Grant.addToPrincipal({
      grantee: this,
      actions: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ],
      resourceArns: [`${nodeQueues.arnPrefix}\${aws:PrincipalTag/${NODE_ID_TAG}}`],
    }).assertSuccess();
    Grant.addToPrincipal({
      grantee: this,
      actions: ['sqs:SendMessage'],
      resourceArns: [reports.queueArn],
    }).assertSuccess();
  }
}

export { NodeRole };
