import type { Command } from 'commander';
import * as z from 'zod';
import { artifactKindSchema } from '../../lib/artifacts/artifact.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { createSyncFacade, type SyncFacade, type SyncOutcome } from '../../lib/sync/facade.ts';
import { syncPrioritySchema } from '../../lib/sync/sync-request.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatBytes } from '../output/bytes.ts';
import type { Screen } from '../output/screen.ts';
import { timeoutSchema } from './artifacts-wait.ts';
import { addSyncPullCommand } from './sync-pull.ts';
import { queryOptions, queryShape, readQuery } from './sync-query.ts';

const openSync = async (session: Session): Promise<SyncFacade> => {
  const { stores } = await session.connect();
  const { io } = session;
  return createSyncFacade({
    ...stores,
    ids: io.ids,
    clock: io.clock,
    sleep: async (seconds) => await io.sleep(seconds, io.signal),
  });
};

const runSchema = z.object({
  ...queryShape,
  target: z.array(nodeIdSchema).optional(),
  exclude: z.array(nodeIdSchema).optional(),
  priority: syncPrioritySchema.default('normal'),
  timeout: timeoutSchema,
  reason: z.string().min(1).max(200).default('requested'),
  wait: z.boolean(),
});

const HELD: Readonly<Record<NonNullable<SyncOutcome['held']>, string>> = {
  'egress-budget': "the day's egress budget is used up: --priority critical goes all the same",
  'nothing-matches': 'nothing in the store matches',
};

const describeRun = (screen: Screen, { held, targets, confirmed, syncId }: SyncOutcome): string => {
  if (held !== undefined) return `${screen.bad('Nothing was started')}: ${HELD[held]}.`;
  const verified = targets.filter(({ outcome }) => outcome === 'verified').length;
  const head = `${verified} of ${targets.length} verified (${syncId})`;
  return [
    confirmed ? `${screen.good('Done')}: ${head}` : `${screen.warn('Not all')}: ${head}`,
    ...targets
      .filter(({ outcome }) => outcome !== 'verified')
      .map(
        ({ nodeId, outcome, reason }) =>
          `  ${nodeId}  ${outcome}${reason === undefined ? '' : `: ${reason}`}`,
      ),
  ].join('\n');
};

const run = async (input: z.infer<typeof runSchema>, session: Session): Promise<ExitCode> => {
  const facade = await openSync(session);
  const outcome = await facade.sync({
    query: readQuery(input),
    ...(input.target === undefined ? {} : { targets: input.target }),
    ...(input.exclude === undefined ? {} : { exclude: input.exclude }),
    priority: input.priority,
    timeoutSeconds: input.timeout,
    reason: input.reason,
    requireConfirmation: input.wait,
  });
  session.screen.show(outcome, () => describeRun(session.screen, outcome));
  return outcome.held !== undefined || (input.wait && !outcome.confirmed) ? EXIT.failed : EXIT.ok;
};

const status = async (_input: object, session: Session): Promise<void> => {
  const { screen } = session;
  const found = await (await openSync(session)).getSyncStatus();
  screen.show(found, () =>
    [
      screen.table(
        ['NODE', 'STRATEGY', 'NOT IN THE STORE', 'OVERDUE', 'DISK', 'BLOCKED'],
        found.nodes.map(({ nodeId, strategy, unflushedBytes, overdueSeconds, diskTier, blocked }) => [
          nodeId,
          strategy,
          unflushedBytes === undefined ? 'unknown' : formatBytes(unflushedBytes),
          overdueSeconds === undefined ? '' : `${Math.round(overdueSeconds)} s`,
          diskTier,
          blocked === undefined ? '' : `${blocked.reason} since ${blocked.since}`,
        ]),
      ),
      ...found.running.map(
        ({ distributionId, verified, targets, deadlineAt }) =>
          `${distributionId}: ${verified} of ${targets} verified, until ${deadlineAt}`,
      ),
      `${formatBytes(found.egress.usedBytes)} taken from the store by syncs today${
        found.egress.budgetBytes === undefined ? '' : ` of ${formatBytes(found.egress.budgetBytes)}`
      }`,
    ].join('\n'),
  );
};

const flushSchema = z.object({
  node: nodeIdSchema,
  kind: artifactKindSchema,
  name: z.string(),
  reason: z.string().min(1).max(200).default('requested'),
});

const flush = async ({ node, ...order }: z.infer<typeof flushSchema>, session: Session): Promise<void> => {
  const answer = await (await openSync(session)).triggerPrioritySync({ sourceNode: node, ...order });
  session.screen.show(
    answer,
    () => `${node} is told to bring what it has into the store (${answer.eventId}).`,
  );
};

/** `drover sync …` */
const addSyncCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('sync').description('Where data is, and where it should be');
  defineCommand(group, host, {
    usage: 'run',
    description: 'Brings artifacts from the store to nodes; exit code 0 only if all have verified them',
    options: [
      ...queryOptions,
      { flags: '--target <nodeId>', description: 'only to this node; may be repeated', repeatable: true },
      { flags: '--exclude <nodeId>', description: 'not to this node; may be repeated', repeatable: true },
      {
        flags: '--priority <priority>',
        description: `${syncPrioritySchema.options.join(', ')}`,
        default: 'normal',
      },
      { flags: '--timeout <duration>', description: 'how long it may take', default: '300' },
      { flags: '--reason <text>', description: 'for the audit', default: 'requested' },
      { flags: '--no-wait', description: 'answer once it has begun: that is no confirmation' },
    ],
    input: runSchema,
    examples: [
      'drover sync run --kind games --name hex8_2p --label board=hex8 --newest 5',
      'drover sync run --kind npz --name hex8_2p --target n-0123456789ab --timeout 10m',
    ],
    run,
  });
  defineCommand(group, host, {
    usage: 'status',
    description: 'What is not in the store yet, which nodes can be sent nothing and why, what runs',
    input: z.object({}),
    examples: ['drover sync status', 'drover sync status --json'],
    run: status,
  });
  addSyncPullCommand(group, host);
  defineCommand(group, host, {
    usage: 'flush <node>',
    description: 'Tells a node to bring what it has into the store, now',
    options: [
      { flags: '--kind <kind>', description: artifactKindSchema.options.join(', ') },
      { flags: '--name <name>', description: 'such as hex8_2p' },
      { flags: '--reason <text>', description: 'for the audit', default: 'requested' },
    ],
    input: flushSchema,
    examples: ['drover sync flush n-0123456789ab --kind games --name hex8_2p --reason "before maintenance"'],
    run: flush,
  });
};

export { addSyncCommands };
