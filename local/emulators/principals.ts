import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { AwsError } from './aws-error.ts';

/** Who calls. */
interface Caller {
  readonly arn: string;
  readonly accountId: string;
  /** `AROA…:<session name>` for a role; SQS calls it SenderId. */
  readonly userId: string;
  /** Undefined for the operator, who may do everything. */
  readonly roleArn: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

interface Role {
  readonly arn: string;
  /** `AROA…` */
  readonly roleId: string;
  readonly trustPolicy: unknown;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface SessionKeys extends Keys {
  readonly sessionToken: string;
}

const sessionSchema = z.object({
  accessKeyId: z.string(),
  sessionToken: z.string(),
  roleArn: z.string(),
  sessionName: z.string(),
  tags: z.record(z.string(), z.string()),
  /** Absent for the static keys of a Lambda. */
  expiresAtMs: z.number().optional(),
});
type Session = z.infer<typeof sessionSchema>;

interface Principals {
  registerRole(role: Role): void;
  roleOf(arn: string): Role | undefined;
  /** Static keys for a Lambda's role: the same for the same arguments, also after a restart. */
  keysFor(roleArn: string, sessionName: string): SessionKeys;
  /** Keys of an assumed role, kept over a restart until they expire. */
  startSession(session: {
    roleArn: string;
    sessionName: string;
    tags: Record<string, string>;
    expiresAtMs: number;
  }): SessionKeys;
  /** @throws AwsError `InvalidClientTokenId` for an unknown key, `ExpiredToken` for an expired session. */
  callerOf(accessKeyId: string, sessionToken: string | undefined): Caller;
  /** May do everything; ARN `arn:aws:iam::<account>:user/operator`. */
  readonly operator: Keys;
}

/** `role/path/name` → `name`: the ARN of a session has no path. */
const roleNameOf = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf('/') + 1);

const sessionArnOf = (accountId: string, roleArn: string, sessionName: string): string =>
  `arn:aws:sts::${accountId}:assumed-role/${roleNameOf(roleArn)}/${sessionName}`;

const derive = (...parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').toUpperCase();

const isCurrent = (session: Session, nowMs: number): boolean =>
  session.expiresAtMs === undefined || session.expiresAtMs > nowMs;

const loadSessions = (file: string | undefined, nowMs: number): Session[] => {
  if (file === undefined || !existsSync(file)) return [];
  const sessions: Session[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const parsed = z
      .string()
      .transform((text, context): unknown => {
        try {
          return JSON.parse(text);
        } catch {
          // A line that a kill cut short: its keys were never answered.
          context.addIssue('not JSON');
          return z.NEVER;
        }
      })
      .pipe(sessionSchema)
      .safeParse(line);
    if (parsed.success && isCurrent(parsed.data, nowMs)) sessions.push(parsed.data);
  }
  return sessions;
};

/**
 * The access keys of the embedded cloud and who is behind them. Secrets are made but never checked: signatures
 * are not verified, see `credentialScopeOf`.
 */
const createPrincipals = (options: {
  accountId: string;
  /** Sessions are appended to `sessions.jsonl` here; undefined keeps them in memory. */
  folder: string | undefined;
  now: () => number;
}): Principals => {
  const { accountId, folder, now } = options;
  const file = folder === undefined ? undefined : join(folder, 'sessions.jsonl');
  const roles = new Map<string, Role>();
  const sessions = new Map(loadSessions(file, now()).map((session) => [session.accessKeyId, session]));
  const operator: Keys = {
    accessKeyId: `AKIA${derive(accountId, 'operator').slice(0, 16)}`,
    secretAccessKey: derive(accountId, 'operator', 'secret').slice(0, 40),
  };
  const operatorCaller: Caller = {
    arn: `arn:aws:iam::${accountId}:user/operator`,
    accountId,
    userId: `AIDA${derive(accountId, 'operator', 'id').slice(0, 17)}`,
    roleArn: undefined,
    tags: {},
  };

  return {
    operator,
    registerRole: (role) => void roles.set(role.arn, role),
    roleOf: (arn) => roles.get(arn),
    keysFor: (roleArn, sessionName) => {
      const accessKeyId = `ASIA${derive(roleArn, sessionName).slice(0, 16)}`;
      const sessionToken = derive(roleArn, sessionName, 'token');
      sessions.set(accessKeyId, { accessKeyId, sessionToken, roleArn, sessionName, tags: {} });
      return {
        accessKeyId,
        sessionToken,
        secretAccessKey: derive(roleArn, sessionName, 'secret').slice(0, 40),
      };
    },
    startSession: (wanted) => {
      const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
      const session = { ...wanted, accessKeyId, sessionToken: randomBytes(48).toString('base64') };
      sessions.set(accessKeyId, session);
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(session)}\n`, { mode: 0o600 });
      return {
        accessKeyId,
        sessionToken: session.sessionToken,
        secretAccessKey: randomBytes(30).toString('base64'),
      };
    },
    callerOf: (accessKeyId, sessionToken) => {
      if (accessKeyId === operator.accessKeyId) return operatorCaller;
      const session = sessions.get(accessKeyId);
      if (session === undefined || session.sessionToken !== sessionToken) {
        throw new AwsError(
          'InvalidClientTokenId',
          'The security token included in the request is invalid.',
          403,
        );
      }
      if (!isCurrent(session, now())) {
        throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
      }
      const role = roles.get(session.roleArn);
      if (role === undefined) {
        throw new AwsError(
          'InvalidClientTokenId',
          `The security token belongs to ${session.roleArn}, which no longer exists.`,
          403,
        );
      }
      return {
        arn: sessionArnOf(accountId, session.roleArn, session.sessionName),
        accountId,
        userId: `${role.roleId}:${session.sessionName}`,
        roleArn: session.roleArn,
        tags: session.tags,
      };
    },
  };
};

export type { Caller, Keys, Principals, Role, SessionKeys };
export { createPrincipals, sessionArnOf };
