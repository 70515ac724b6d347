import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import * as z from 'zod';
import type { AuditAction } from '../lib/audit/audit-actions.ts';
import type { AuditRow } from '../lib/audit/audit-row.ts';
import { toTimestamp } from '../lib/time.ts';
import { type Clients, createClients } from './clients.ts';
import { NotConnectedError, UsageError } from './exit.ts';
import { findInstallation, type Installation } from './installation.ts';
import type { CliIo } from './io.ts';
import { lookUpStack } from './look-up-stack.ts';
import { createScreen, type Screen } from './output/screen.ts';
import { stageSchema } from './profile.ts';
import { createStores, type Stores } from './stores.ts';

const globalsSchema = z.object({
  profile: z.string().min(1).optional(),
  endpoint: z.url('write it as http://127.0.0.1:4570').optional(),
  stage: stageSchema.optional(),
  region: z.string().min(1).optional(),
  json: z.boolean().default(false),
});
type Globals = z.infer<typeof globalsSchema>;

/** Who calls, as STS says. */
interface Caller {
  readonly arn: string;
  readonly accountId: string;
}

/** One installation with everything that a command needs to work on it. */
interface Context {
  readonly installation: Installation;
  readonly stage: string;
  readonly clients: Clients;
  readonly stores: Stores;
  /** Asked once per run. */
  caller(): Promise<Caller>;
  /** Writes the audit row of an operator's write, with the caller's ARN. */
  audit(row: {
    subject: string;
    action: AuditAction;
    reason: string;
    before?: AuditRow['before'];
    after?: AuditRow['after'];
    evidence?: AuditRow['evidence'];
  }): Promise<void>;
}

/** One run of the command. */
interface Session {
  readonly io: CliIo;
  readonly screen: Screen;
  readonly globals: Globals;
  /** Finds the installation and connects, once. */
  connect(): Promise<Context>;
}

const openContext = (io: CliIo, installation: Installation): Context => {
  const { profile } = installation;
  const clients = createClients(profile);
  const stores = createStores(clients, profile);
  const askCaller = async (): Promise<Caller> => {
    const { Arn, Account } = await clients.sts.send(new GetCallerIdentityCommand({}));
    if (!Arn || !Account)
      throw new NotConnectedError('STS did not say who the caller is: check the credentials');
    return { arn: Arn, accountId: Account };
  };
  let asked: Promise<Caller> | undefined;
  const caller = (): Promise<Caller> => {
    asked ??= askCaller();
    return asked;
  };
  return {
    installation,
    stage: profile.stage,
    clients,
    stores,
    caller,
    audit: async (row) =>
      stores.audit.record({
        auditId: io.ids.uuid(),
        at: toTimestamp(io.clock.now()),
        actor: (await caller()).arn,
        evidence: {},
        ...row,
      }),
  };
};

/** `open` is replaced in tests that keep an installation in memory. */
const createSession = (
  io: CliIo,
  flags: Record<string, unknown>,
  open: (io: CliIo, installation: Installation) => Context = openContext,
): Session => {
  const parsed = globalsSchema.safeParse(flags);
  const screen = createScreen(io, flags['json'] === true);
  if (!parsed.success)
    throw new UsageError(
      parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; '),
      { cause: parsed.error },
    );
  const globals = parsed.data;
  const connect = async (): Promise<Context> => {
    const installation = await findInstallation(io, globals, (target) =>
      lookUpStack(createClients(target).cloudFormation, target),
    );
    if (globals.stage !== undefined && globals.stage !== installation.profile.stage)
      throw new NotConnectedError(
        `--stage says ${globals.stage}, but ${installation.source} is stage ${installation.profile.stage}: connect first (\`drover connect --stage ${globals.stage}\`) or pick its --profile`,
      );
    return open(io, installation);
  };
  let connected: Promise<Context> | undefined;
  return {
    io,
    screen,
    globals,
    connect: () => {
      connected ??= connect();
      return connected;
    },
  };
};

export type { Caller, Context, Globals, Session };
export { createSession, openContext };
