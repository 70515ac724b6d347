import * as z from 'zod';
import { ACCOUNT_ID } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';

/**
 * Whether an AWS service (EventBridge, say) may do something to a resource by that resource's own policy. Calls of
 * roles are the front door's business; a service calls without one.
 */

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const conditionValues = z
  .union([z.string(), z.boolean(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [String(value)]));

const statementSchema = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.string(), oneOrMore)]),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.record(z.string(), z.record(z.string(), conditionValues)).default({}),
});
type Statement = z.infer<typeof statementSchema>;

const policySchema = z.looseObject({
  Statement: z.union([statementSchema, z.array(statementSchema)]).transform((value) => [value].flat()),
});

interface ServiceRequest {
  /** E.g. `events.amazonaws.com`. */
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  /** What made the service act, e.g. a rule. */
  readonly sourceArn: string;
}

/** `*` and `?` as in policies; all else literal. */
const matchesGlob = (pattern: string, value: string): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
};

const operators: Record<string, (wanted: string, actual: string) => boolean> = {
  StringEquals: (wanted, actual) => wanted === actual,
  StringLike: matchesGlob,
  ArnEquals: matchesGlob,
  ArnLike: matchesGlob,
  Bool: (wanted, actual) => wanted.toLowerCase() === actual,
};

const contextOf = ({ service, sourceArn }: ServiceRequest): Record<string, string> => ({
  'aws:sourcearn': sourceArn,
  'aws:sourceaccount': ACCOUNT_ID,
  'aws:principalservicename': service,
  'aws:principalisawsservice': 'true',
  'aws:securetransport': 'true',
});

const conditionHolds = (condition: Statement['Condition'], request: ServiceRequest): boolean => {
  const context = contextOf(request);
  return Object.entries(condition).every(([name, keys]) => {
    const operator = operators[name];
    if (operator === undefined) {
      throw new CloudError(
        `a policy of ${request.resource} uses the condition operator ${name}: add it to local/policies/service-may.ts`,
      );
    }
    return Object.entries(keys).every(([key, wanted]) => {
      const actual = context[key.toLowerCase()];
      return actual !== undefined && wanted.some((value) => operator(value, actual));
    });
  });
};

const isAbout = (statement: Statement, request: ServiceRequest): boolean => {
  const { Principal } = statement;
  const names = Principal === '*' ? ['*'] : [...(Principal['Service'] ?? []), ...(Principal['AWS'] ?? [])];
  return (
    names.some((name) => name === '*' || name === request.service) &&
    statement.Action.some((action) => matchesGlob(action.toLowerCase(), request.action.toLowerCase())) &&
    statement.Resource.some((resource) => matchesGlob(resource, request.resource)) &&
    conditionHolds(statement.Condition, request)
  );
};

/** True when a policy allows the request and none denies it. No policy allows nothing. */
const serviceMay = (policies: readonly unknown[], request: ServiceRequest): boolean => {
  const statements = policies
    .flatMap((policy) => policySchema.parse(policy).Statement)
    .filter((statement) => isAbout(statement, request));
  return statements.length > 0 && statements.every(({ Effect }) => Effect === 'Allow');
};

export type { ServiceRequest };
export { matchesGlob, serviceMay };
