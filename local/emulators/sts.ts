import type { Authorizer } from './authorizer.ts';
import { AwsError } from './aws-error.ts';
import { type Principals, sessionArnOf } from './principals.ts';
import { element, membersOf, readQueryBody, refuseAsQuery, sendQueryResult } from './query-protocol.ts';
import type { Service } from './service.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const MIN_SECONDS = 900;
/** Role chaining ends at one hour, and every caller of AssumeRole here but the operator is a role. */
const MAX_SECONDS = 3600;

interface StsOptions {
  readonly accountId: string;
  readonly principals: Principals;
  readonly authorizer: Authorizer;
  readonly now: () => number;
}

const validationError = (message: string): AwsError => new AwsError('ValidationError', message, 400);

const readTags = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    membersOf(query, 'Tags').map((member) => [
      query.get(`${member}.Key`) ?? '',
      query.get(`${member}.Value`) ?? '',
    ]),
  );

const readDuration = (query: URLSearchParams): number => {
  const seconds = Number(query.get('DurationSeconds') ?? MAX_SECONDS);
  if (!Number.isInteger(seconds) || seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw validationError(
      `The requested DurationSeconds must be between ${MIN_SECONDS} and ${MAX_SECONDS} (role chaining).`,
    );
  }
  return seconds;
};

/** STS: AssumeRole by the role's trust policy, with session tags, and GetCallerIdentity. */
const startSts = ({ accountId, principals, authorizer, now }: StsOptions): Service => {
  const assumeRole = async (query: URLSearchParams, caller: Parameters<Authorizer['isTrusted']>[0]) => {
    const roleArn = query.get('RoleArn') ?? '';
    const sessionName = query.get('RoleSessionName') ?? '';
    if (!SESSION_NAME.test(sessionName)) {
      throw validationError(
        `RoleSessionName must match ${SESSION_NAME.source}, not ${JSON.stringify(sessionName)}`,
      );
    }
    const seconds = readDuration(query);
    const tags = readTags(query);
    const tagContext = {
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
    };
    const role = principals.roleOf(roleArn);
    const allows = async (action: string): Promise<boolean> =>
      role !== undefined &&
      (await authorizer.isTrusted(caller, action, role, {
        ...tagContext,
        'sts:RoleSessionName': sessionName,
      }));
    const actions = ['sts:AssumeRole', ...(Object.keys(tags).length > 0 ? ['sts:TagSession'] : [])];
    for (const action of actions) {
      if (role !== undefined && (await allows(action))) continue;
      throw new AwsError(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${roleArn}`,
        403,
      );
    }
    if (role === undefined) throw new AwsError('AccessDenied', `there is no role ${roleArn}`, 403);
    const expiresAtMs = now() + seconds * 1000;
    const keys = principals.startSession({ roleArn, sessionName, tags, expiresAtMs });
    return (
      `<Credentials>${element('AccessKeyId', keys.accessKeyId)}` +
      element('SecretAccessKey', keys.secretAccessKey) +
      element('SessionToken', keys.sessionToken) +
      `${element('Expiration', new Date(expiresAtMs).toISOString())}</Credentials>` +
      `<AssumedRoleUser>${element('AssumedRoleId', `${role.roleId}:${sessionName}`)}` +
      `${element('Arn', sessionArnOf(accountId, roleArn, sessionName))}</AssumedRoleUser>`
    );
  };

  return {
    serve: async ({ request, response, caller }) => {
      const query = await readQueryBody(request);
      const action = query.get('Action') ?? '';
      switch (action) {
        case 'AssumeRole':
          return sendQueryResult(response, action, NAMESPACE, await assumeRole(query, caller));
        case 'GetCallerIdentity':
          return sendQueryResult(
            response,
            action,
            NAMESPACE,
            element('Arn', caller.arn) + element('UserId', caller.userId) + element('Account', accountId),
          );
        default:
          throw new AwsError(
            'InvalidAction',
            `the STS emulator does not know ${JSON.stringify(action)}`,
            400,
          );
      }
    },
    refuse: refuseAsQuery,
  };
};

export { startSts };
