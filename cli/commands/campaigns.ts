import type { Command } from 'commander';
import * as z from 'zod';
import { formatPath } from '../../lib/config/config-path.ts';
import type { FleetConfig } from '../../lib/config/fleet-config.ts';
import { setPolicy } from '../../lib/config/set-policy.ts';
import { PermanentError } from '../../lib/errors.ts';
import { holdSchema } from '../../lib/holds/hold.ts';
import { putHold } from '../../lib/holds/put-hold.ts';
import { nearNames } from '../../lib/near-names.ts';
import { campaignIdSchema } from '../../lib/work/work-item.ts';
import { asUsage } from '../as-usage.ts';
import { changeConfig } from '../change-config.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { type Picture, showPicture, watchOption } from '../watch.ts';
import { campaignTable, describeCampaign, readCampaigns } from './campaign-views.ts';

const listSchema = z.object({ watch: z.boolean().default(false) });
const showSchema = z.object({ campaign: campaignIdSchema, watch: z.boolean().default(false) });
const reasonSchema = z.string().min(1).max(500);
const setSchema = z.object({
  campaign: campaignIdSchema,
  path: z.string().min(1),
  value: z.string(),
  reason: reasonSchema,
  yes: z.boolean().default(false),
});
const pauseSchema = z.object({
  campaign: campaignIdSchema,
  for: durationSchema,
  reason: holdSchema.shape.reason,
});

/** A typing error would set up, or pause, nothing that anybody meant. */
const checkKnown = ({ work }: FleetConfig, campaignId: string): void => {
  if (Object.hasOwn(work.campaigns, campaignId)) return;
  const near = nearNames(campaignId, Object.keys(work.campaigns));
  throw new PermanentError(
    `there is no campaign ${campaignId}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`} Write it under work.campaigns in fleet.yaml, and run drover apply`,
  );
};

const list = ({ watch }: z.infer<typeof listSchema>, session: Session) =>
  showPicture(session, watch, async (): Promise<Picture> => {
    const campaigns = await readCampaigns(session);
    return {
      document: { campaigns },
      human: () =>
        campaigns.length === 0
          ? 'There are no campaigns: write them under work.campaigns in fleet.yaml, and run drover apply.'
          : campaignTable(session.screen, campaigns),
    };
  });

const show = ({ campaign, watch }: z.infer<typeof showSchema>, session: Session) =>
  showPicture(session, watch, async (): Promise<Picture> => {
    const { stores } = await session.connect();
    checkKnown((await stores.configs.current()).config, campaign);
    const view = (await readCampaigns(session)).find(({ campaignId }) => campaignId === campaign);
    if (view === undefined) throw new PermanentError(`${campaign} was removed a moment ago`);
    return { document: { campaign: view }, human: () => describeCampaign(session.screen, view) };
  });

const set = (input: z.infer<typeof setSchema>, session: Session): Promise<void> =>
  changeConfig(session, {
    edit: (config) => {
      checkKnown(config, input.campaign);
      const place = formatPath(['work', 'campaigns', input.campaign]);
      return asUsage(() => setPolicy(config, `${place}.${input.path}`, input.value));
    },
    reason: input.reason,
    ask: 'danger',
    yes: input.yes,
  });

const pause = async (input: z.infer<typeof pauseSchema>, session: Session): Promise<void> => {
  const { stores, caller } = await session.connect();
  const { io, screen } = session;
  checkKnown((await stores.configs.current()).config, input.campaign);
  const hold = await putHold(
    { holds: stores.holds, audit: stores.audit, clock: io.clock, ids: io.ids },
    {
      kind: 'pause',
      scope: `campaign:${input.campaign}`,
      reason: input.reason,
      setBy: (await caller()).arn,
      ttlSeconds: input.for,
    },
  );
  screen.show(
    { hold },
    () =>
      `No new work is made for ${input.campaign} until ${formatTimestamp(hold.expiresAt)}; what waits still runs. End it sooner: drover release ${hold.holdId}`,
  );
};

const addCampaignCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('campaigns').description('What work is made for, and how far each is');
  defineCommand(group, host, {
    usage: 'list',
    description: 'All campaigns: best and target, velocity, share, what waits and runs',
    options: [watchOption],
    input: listSchema,
    examples: ['drover campaigns list', 'drover campaigns list --watch'],
    run: list,
  });
  defineCommand(group, host, {
    usage: 'show <campaign>',
    description: 'One campaign: its progress, what its share comes from, its mix and what limits it',
    options: [watchOption],
    input: showSchema,
    examples: ['drover campaigns show hex8_2p'],
    run: show,
  });
  defineCommand(group, host, {
    usage: 'set <campaign> <path> <value>',
    description: 'Set one place of a campaign; the value is YAML (needs --reason)',
    options: [
      { flags: '--reason <text>', description: 'why: it stands in the history' },
      { flags: '--yes', description: 'do not ask' },
    ],
    input: setSchema,
    examples: [
      'drover campaigns set hex8_2p weight 3 --reason "release on Friday"',
      'drover campaigns set hex8_2p target.value 2100 --reason "2000 was reached"',
    ],
    run: set,
  });
  defineCommand(group, host, {
    usage: 'pause <campaign>',
    description: 'Make no new work for a campaign (needs --reason)',
    options: [
      {
        flags: '--for <duration>',
        description: 'how long; every hold ends (90s, 30m, 2h, 7d)',
        default: '2h',
      },
      { flags: '--reason <text>', description: 'why: others will read it' },
    ],
    input: pauseSchema,
    examples: ['drover campaigns pause hex8_2p --for 1d --reason "bad data"'],
    run: pause,
  });
};

export { addCampaignCommands };
