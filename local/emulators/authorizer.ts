import { runSimulation } from '@cloud-copilot/iam-simulate';
import { AwsError } from './aws-error.ts';
import type { Caller } from './principals.ts';

/** Condition keys of one request beyond those of the caller, e.g. `s3:if-none-match`. */
type RequestContext = Readonly<Record<string, string | string[]>>;

interface Authorizer {
  /** Replaces the identity policies of a role. */
  setRolePolicies(roleArn: string, policies: unknown[]): void;
  /** Replaces the policy of a queue or a bucket. */
  setResourcePolicy(resourceArn: string, policy: unknown): void;
  /** @throws AwsError `AccessDenied` unless the policies allow it. The operator may do everything. */
  authorize(caller: Caller, action: string, resourceArn: string, context?: RequestContext): Promise<void>;
  /** Whether the trust policy of a role allows `action` on it. No identity policy can replace the trust. */
  isTrusted(
    caller: Caller,
    action: string,
    role: { arn: string; trustPolicy: unknown },
    context: RequestContext,
  ): Promise<boolean>;
}

/** Decisions are kept up to this many; then all are forgotten, which only costs time (0.25 ms each). */
const MAX_CACHED_DECISIONS = 20_000;

/** The operator's own rights. */
const ALLOW_ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** The policy of a bucket also rules its objects. */
const resourcePolicyArnOf = (resourceArn: string): string =>
  resourceArn.startsWith('arn:aws:s3:::') ? (resourceArn.split('/')[0] ?? resourceArn) : resourceArn;

/** IAM's own wildcards, quoted for a policy, so that a tag's value cannot widen it. */
const quoteWildcards = (value: string): string => value.replaceAll(/[*?$]/g, (char) => `\${${char}}`);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The policy with the variables of its resources filled in: iam-simulate 0.1 splits a resource at every colon,
 * also at the one in `${aws:PrincipalTag/…}`, and so never matches it. A variable without a value stays, and
 * matches nothing, as on AWS. Conditions are left to iam-simulate, which fills them correctly.
 */
const fillResourceVariables = (policy: unknown, context: RequestContext): unknown => {
  const byLowerCase = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  const fillString = (text: string): string =>
    text.replaceAll(/\$\{([^*?$}]+)\}/g, (variable, name: string) => {
      const value = byLowerCase.get(name.trim().toLowerCase());
      return typeof value === 'string' ? quoteWildcards(value) : variable;
    });
  const fill = (resource: unknown): unknown => {
    if (typeof resource === 'string') return fillString(resource);
    return Array.isArray(resource) ? resource.map(fill) : resource;
  };
  const fillStatement = (statement: unknown): unknown => {
    if (!isRecord(statement)) return statement;
    const filled = { ...statement };
    for (const field of ['Resource', 'NotResource']) {
      if (field in filled) filled[field] = fill(filled[field]);
    }
    return filled;
  };
  if (!isRecord(policy)) return policy;
  const statements = policy['Statement'];
  return {
    ...policy,
    Statement: Array.isArray(statements) ? statements.map(fillStatement) : fillStatement(statements),
  };
};

const callerContext = (caller: Caller, region: string): RequestContext => ({
  'aws:PrincipalArn': caller.roleArn ?? caller.arn,
  'aws:PrincipalAccount': caller.accountId,
  'aws:PrincipalType': caller.roleArn === undefined ? 'User' : 'AssumedRole',
  'aws:userid': caller.userId,
  'aws:RequestedRegion': region,
  // Loopback stands in for TLS: a policy that refuses plain HTTP must let the embedded cloud's clients in.
  'aws:SecureTransport': 'true',
  'aws:SourceIp': '127.0.0.1',
  ...Object.fromEntries(
    Object.entries(caller.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
  ),
});

/**
 * Evaluates policies as AWS does within one account: identity policies of the role plus the resource's own.
 * Decisions are cached by caller, action, resource and context. Time (`aws:CurrentTime`) is no condition key here.
 */
const createAuthorizer = (options: { region: string; log: (line: string) => void }): Authorizer => {
  const rolePolicies = new Map<string, unknown[]>();
  const resourcePolicies = new Map<string, unknown>();
  const decisions = new Map<string, Promise<boolean>>();

  const decide = async (
    caller: Caller,
    action: string,
    resourceArn: string,
    context: RequestContext,
    policies: readonly unknown[],
    resourcePolicy: unknown,
  ): Promise<boolean> => {
    const contextVariables = { ...callerContext(caller, options.region), ...context };
    const result = await runSimulation(
      {
        request: {
          principal: caller.arn,
          action,
          resource: { resource: resourceArn, accountId: caller.accountId },
          contextVariables,
        },
        identityPolicies: policies.map((policy, index) => ({
          name: `policy-${index}`,
          policy: fillResourceVariables(policy, contextVariables),
        })),
        resourcePolicy:
          resourcePolicy === undefined ? undefined : fillResourceVariables(resourcePolicy, contextVariables),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === 'error') {
      // Unreadable policies allow nothing; AWS would have refused to store them.
      options.log(`iam: ${action} on ${resourceArn} by ${caller.arn}: ${JSON.stringify(result.errors)}`);
      return false;
    }
    return result.overallResult === 'Allowed';
  };

  const remember = (key: string, decision: () => Promise<boolean>): Promise<boolean> => {
    const known = decisions.get(key);
    if (known !== undefined) return known;
    if (decisions.size >= MAX_CACHED_DECISIONS) decisions.clear();
    const made = decision();
    decisions.set(key, made);
    return made;
  };

  return {
    setRolePolicies: (roleArn, policies) => {
      rolePolicies.set(roleArn, policies);
      decisions.clear();
    },
    setResourcePolicy: (resourceArn, policy) => {
      resourcePolicies.set(resourceArn, policy);
      decisions.clear();
    },
    authorize: async (caller, action, resourceArn, context = {}) => {
      const { roleArn } = caller;
      if (roleArn === undefined) return;
      const key = JSON.stringify([caller.arn, caller.tags, action, resourceArn, context]);
      const allowed = await remember(key, () =>
        decide(
          caller,
          action,
          resourceArn,
          context,
          rolePolicies.get(roleArn) ?? [],
          resourcePolicies.get(resourcePolicyArnOf(resourceArn)),
        ),
      );
      if (allowed) return;
      throw new AwsError(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resourceArn}`,
        403,
      );
    },
    isTrusted: (caller, action, role, context) =>
      decide(
        caller,
        action,
        role.arn,
        context,
        caller.roleArn === undefined ? [ALLOW_ALL] : (rolePolicies.get(caller.roleArn) ?? []),
        role.trustPolicy,
      ),
  };
};

export type { Authorizer, RequestContext };
export { createAuthorizer, fillResourceVariables };
