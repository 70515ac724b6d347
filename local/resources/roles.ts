import { createHash } from 'node:crypto';
import * as z from 'zod';
import { iamArn } from '../arns.ts';
import { defineKind, ignored, tags } from './kind.ts';
import type { Wiring } from './wiring.ts';

const inlinePolicySchema = z.strictObject({ PolicyName: z.string(), PolicyDocument: z.unknown() });

const roleSchema = z.strictObject({
  RoleName: z.string().optional(),
  Path: z.literal('/').optional(),
  Description: ignored('for people'),
  AssumeRolePolicyDocument: z.unknown(),
  MaxSessionDuration: ignored('the STS emulator gives what is asked, up to its own limit'),
  Policies: z.array(inlinePolicySchema).default([]),
  // AWS's own policies are not known here: a role that needs one must spell its rights out.
  ManagedPolicyArns: z.array(z.never()).optional(),
  Tags: tags,
});

/** Role ids look random on AWS and never change; here they follow from the name, so that they survive a new start. */
const roleIdOf = (name: string): string =>
  `AROA${createHash('sha256').update(name).digest('hex').slice(0, 17).toUpperCase()}`;

const addPolicies = (wiring: Wiring, roleArn: string, policies: readonly unknown[]): void => {
  wiring.rolePolicies.set(roleArn, [...(wiring.rolePolicies.get(roleArn) ?? []), ...policies]);
};

const role = defineKind(
  'AWS::IAM::Role',
  roleSchema,
  (properties, { fallbackName }, { frontDoor, wiring }) => {
    const name = properties.RoleName ?? fallbackName;
    const arn = iamArn(`role/${name}`);
    const roleId = roleIdOf(name);
    frontDoor.principals.registerRole({ arn, roleId, trustPolicy: properties.AssumeRolePolicyDocument });
    addPolicies(
      wiring,
      arn,
      properties.Policies.map(({ PolicyDocument }) => PolicyDocument),
    );
    return { ref: name, attributes: { Arn: arn, RoleId: roleId } };
  },
);

const policySchema = z.strictObject({
  PolicyName: z.string().optional(),
  ManagedPolicyName: z.string().optional(),
  Path: z.literal('/').optional(),
  Description: ignored('for people'),
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()).default([]),
  Users: z.array(z.never()).optional(),
  Groups: z.array(z.never()).optional(),
});

/** Serves `AWS::IAM::Policy` and `AWS::IAM::ManagedPolicy`: here both only add rights to roles. */
const policy = defineKind(
  'AWS::IAM::Policy',
  policySchema,
  ({ PolicyDocument, Roles, PolicyName, ManagedPolicyName }, { fallbackName }, { wiring }) => {
    for (const name of Roles) addPolicies(wiring, iamArn(`role/${name}`), [PolicyDocument]);
    const name = ManagedPolicyName ?? PolicyName ?? fallbackName;
    const arn = iamArn(`policy/${name}`);
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
);

export { policy, role };
