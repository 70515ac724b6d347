import type { Command } from 'commander';
import * as z from 'zod';
import { cancelWork } from '../../lib/work/cancel-work.ts';
import { retryWork } from '../../lib/work/retry-work.ts';
import {
  campaignIdSchema,
  OPEN_STATUSES,
  type WorkItem,
  workIdSchema,
  workStatusSchema,
} from '../../lib/work/work-item.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import type { Screen } from '../output/screen.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { type Picture, showPicture, watchOption } from '../watch.ts';
import { wholeNumberSchema } from '../whole-number.ts';
import { show, showInputSchema } from './work-show.ts';
import { submit, submitInputSchema } from './work-submit.ts';

/** Of a campaign, of whatever status. */
const MOST_LOOKED_AT = 1000;

const listSchema = z.object({
  status: workStatusSchema.optional(),
  campaign: campaignIdSchema.optional(),
  limit: wholeNumberSchema(1, 1000),
  watch: z.boolean().default(false),
});

const colourStatus = (screen: Screen, status: WorkItem['status']): string => {
  if (status === 'succeeded') return screen.good(status);
  if (status === 'failed') return screen.bad(status);
  return status === 'cancelled' || status === 'blocked' ? screen.warn(status) : status;
};

const workTable = (screen: Screen, items: readonly WorkItem[]): string =>
  screen.table(
    ['WORK', 'JOB', 'CAMPAIGN', 'STATUS', 'NODE', 'ATTEMPTS', 'RETURNS', 'SUBMITTED', 'ENDED'],
    items.map((item) => [
      item.workId,
      item.jobType,
      item.campaignId ?? '',
      colourStatus(screen, item.status),
      item.lease?.nodeId ?? item.result?.nodeId ?? '',
      `${item.attempts}/${item.maxAttempts}`,
      String(item.returns),
      formatTimestamp(item.createdAt),
      item.endedAt === undefined ? '' : formatTimestamp(item.endedAt),
    ]),
  );

/** Without a status: all that is open. */
const list = async ({ status, campaign, limit, watch }: z.infer<typeof listSchema>, session: Session) => {
  const { stores } = await session.connect();
  const { screen } = session;
  const look = async (): Promise<Picture> => {
    const statuses = status === undefined ? OPEN_STATUSES : [status];
    const lists = await Promise.all(
      campaign === undefined
        ? statuses.map((one) => stores.work.listNewest(one, limit))
        : [stores.work.listByCampaign(campaign, MOST_LOOKED_AT)],
    );
    const isWanted = (item: WorkItem): boolean => statuses.some((one) => one === item.status);
    const items = lists.flat().filter(isWanted).slice(0, limit);
    return {
      document: { work: items },
      human: () =>
        items.length === 0
          ? 'No such work. Submit some: drover work submit <template> --param name=value'
          : workTable(screen, items),
    };
  };
  return showPicture(session, watch, look);
};

const cancelSchema = z.object({ work: workIdSchema, reason: z.string().min(1).max(500) });

const cancel = async ({ work: workId, reason }: z.infer<typeof cancelSchema>, session: Session) => {
  const { stores, caller, audit } = await session.connect();
  const by = (await caller()).arn;
  await audit({ subject: `work:${workId}`, action: 'cancel-work', reason });
  const item = await cancelWork({ ...stores, clock: session.io.clock }, workId, { by, reason });
  session.screen.show({ work: item }, () =>
    item.status === 'cancelled'
      ? `${workId} is cancelled.`
      : `${item.lease?.nodeId ?? 'its node'} is told to end ${workId}; it is cancelled once the node says so, or is gone.`,
  );
};

const retrySchema = z.object({ work: workIdSchema, attempts: wholeNumberSchema(1, 10) });

const retry = async ({ work: workId, attempts }: z.infer<typeof retrySchema>, session: Session) => {
  const { stores, audit } = await session.connect();
  await audit({
    subject: `work:${workId}`,
    action: 'retry-work',
    reason: 'retried by an operator',
    evidence: { attempts },
  });
  const item = await retryWork({ ...stores, clock: session.io.clock }, workId, attempts);
  session.screen.show({ work: item }, () => `${workId} waits again, for up to ${attempts} attempts more.`);
};

const addWorkCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('work').description('Jobs: what waits, what runs where, what became of it');
  defineCommand(group, host, {
    usage: 'submit <template>',
    description: 'Let a job of a template of fleet.yaml wait for a node',
    options: [
      {
        flags: '--param <name=value>',
        description: 'a parameter of the template (may be repeated)',
        repeatable: true,
      },
      { flags: '--campaign <campaign>', description: 'the campaign that it counts for' },
      { flags: '--urgent', description: 'before everything else, also while the pipeline is paused' },
      {
        flags: '--depends-on <work>',
        description: 'work that must succeed first (may be repeated)',
        repeatable: true,
      },
      { flags: '--count <count>', description: 'so many of them', default: '1' },
    ],
    input: submitInputSchema,
    examples: [
      'drover work submit selfplay --param games=50',
      'drover work submit training --campaign hex8_2p --depends-on w-0a1b2c3d4e5f --urgent',
    ],
    run: submit,
  });
  defineCommand(group, host, {
    usage: 'list',
    description: 'Open work, the newest first; with --status, work of that status',
    options: [
      { flags: '--status <status>', description: workStatusSchema.options.join(', ') },
      { flags: '--campaign <campaign>', description: 'only of that campaign' },
      { flags: '--limit <count>', description: 'at most so many', default: '50' },
      watchOption,
    ],
    input: listSchema,
    examples: ['drover work list --watch', 'drover work list --status failed --json'],
    run: list,
  });
  defineCommand(group, host, {
    usage: 'show <work>',
    description: 'One job: where it is, why it waits, how it ended, the end of its log',
    options: [watchOption],
    input: showInputSchema,
    examples: ['drover work show w-0a1b2c3d4e5f'],
    run: show,
  });
  defineCommand(group, host, {
    usage: 'cancel <work>',
    description: 'End a job; one that runs is ended on its node (needs --reason)',
    options: [{ flags: '--reason <text>', description: 'why: others will read it' }],
    input: cancelSchema,
    examples: ['drover work cancel w-0a1b2c3d4e5f --reason "wrong dataset"'],
    run: cancel,
  });
  defineCommand(group, host, {
    usage: 'retry <work>',
    description: 'Let a job that failed, or was cancelled, be tried again',
    options: [{ flags: '--attempts <count>', description: 'at most so many attempts more', default: '3' }],
    input: retrySchema,
    examples: ['drover work retry w-0a1b2c3d4e5f'],
    run: retry,
  });
};

export { addWorkCommands };
