import type { Command } from 'commander';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { secondsSince } from '../../lib/time.ts';
import type { BackpressureLevel } from '../../lib/work/backpressure.ts';
import { limitMeanings } from '../../lib/work/limit-meanings.ts';
import type { PopulatedCampaign, Population } from '../../lib/work/population.ts';
import { campaignIdSchema } from '../../lib/work/work-item.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { formatSeconds } from '../duration.ts';
import { EXIT } from '../exit.ts';
import type { Screen } from '../output/screen.ts';
import { type Picture, showPicture, watchOption } from '../watch.ts';

/** A cycle runs each minute: five that are missing are no delay. */
const STALE_SECONDS = 300;

const statusSchema = z.object({ watch: z.boolean().default(false) });
const explainSchema = z.object({
  campaign: campaignIdSchema.optional(),
  watch: z.boolean().default(false),
});

/** The last cycle, and whether it is so old that it says little of now. */
const readCycle = async (session: Session): Promise<{ population: Population; isStale: boolean }> => {
  const { stores } = await session.connect();
  const population = await stores.populations.get();
  if (population === undefined)
    throw new PermanentError(
      'populate-queue has never run: it runs each minute once the stack is deployed; its log says more',
    );
  return { population, isStale: secondsSince(population.at, session.io.clock.now()) > STALE_SECONDS };
};

const tintLevel = (screen: Screen, level: BackpressureLevel): string => {
  if (level === 'none') return screen.good(level);
  return level === 'slow' ? screen.warn(level) : screen.bad(level);
};

const describeCycle = ({ screen, io }: Session, population: Population, isStale: boolean): string[] => {
  const age = formatSeconds(Math.max(0, secondsSince(population.at, io.clock.now())));
  const { stoppedBy } = population;
  return [
    isStale ? screen.bad(`As of ${age} ago: populate-queue does not run`) : `As of ${age} ago`,
    ...(stoppedBy === undefined
      ? []
      : [screen.bad(`No work is made: ${stoppedBy.limit}`), `  ${stoppedBy.message}`]),
  ];
};

const percent = (fraction: number | undefined): string =>
  fraction === undefined ? '?' : `${Math.round(fraction * 100)} %`;

const describeStatus = (session: Session, population: Population, isStale: boolean): string => {
  const { screen } = session;
  return [
    ...describeCycle(session, population, isStale),
    `Backpressure ${tintLevel(screen, population.level)}`,
    screen.table(
      ['SOURCE', 'LEVEL', 'OF LIMIT', 'WHY'],
      population.readings.map(({ source, level, fraction, message }) => [
        source,
        tintLevel(screen, level),
        percent(fraction),
        message,
      ]),
    ),
    population.classes.length === 0
      ? screen.warn('How much waits is not known')
      : screen.table(
          ['CLASS', 'NODES', 'FREE SLOTS', 'WAITING', 'SHOULD WAIT', 'DONE PER HOUR', 'MADE', ''],
          population.classes.map((known) => [
            known.class,
            String(known.nodes),
            String(known.freeSlots),
            String(known.waiting),
            String(known.target),
            known.drainedPerHour.toFixed(1),
            String(known.made),
            known.starvedSince === undefined
              ? ''
              : screen.bad(`idle without work since ${known.starvedSince}`),
          ]),
        ),
  ].join('\n');
};

const status = ({ watch }: z.infer<typeof statusSchema>, session: Session) =>
  showPicture(session, watch, async (): Promise<Picture> => {
    const { population, isStale } = await readCycle(session);
    const { at, stoppedBy, level, readings, classes } = population;
    return {
      document: { at, isStale, stoppedBy, level, readings, classes },
      human: () => describeStatus(session, population, isStale),
      exitCode: isStale ? EXIT.failed : EXIT.ok,
    };
  });

const describeExplanation = (
  session: Session,
  population: Population,
  campaigns: readonly PopulatedCampaign[],
  isStale: boolean,
): string => {
  const { screen } = session;
  const limits = new Set(campaigns.flatMap(({ entries }) => entries.map(({ limitedBy }) => limitedBy)));
  return [
    ...describeCycle(session, population, isStale),
    campaigns.length === 0
      ? 'There are no campaigns: write them under work.campaigns in fleet.yaml.'
      : screen.table(
          ['CAMPAIGN', 'SHARE', 'TEMPLATE', 'CLASS', 'WAITING', 'RUNNING', 'NEEDED', 'MADE', 'LIMITED BY'],
          campaigns.flatMap(({ campaignId, entitlement, entries }) =>
            entries.map((entry, index) => [
              index === 0 ? campaignId : '',
              index === 0 ? `${(entitlement * 100).toFixed(1)} %` : '',
              entry.template,
              entry.class,
              String(entry.waiting),
              String(entry.running),
              String(entry.needed),
              String(entry.made),
              entry.limitedBy === 'nothing' ? '' : entry.limitedBy,
            ]),
          ),
        ),
    ...[...limits]
      .filter((limit) => limit !== 'nothing')
      .map((limit) => screen.faint(`${limit}: ${limitMeanings[limit]}`)),
  ].join('\n');
};

const explain = ({ campaign, watch }: z.infer<typeof explainSchema>, session: Session) =>
  showPicture(session, watch, async (): Promise<Picture> => {
    const { population, isStale } = await readCycle(session);
    const campaigns = population.campaigns.filter(
      ({ campaignId }) => campaign === undefined || campaignId === campaign,
    );
    if (campaign !== undefined && campaigns.length === 0)
      throw new PermanentError(
        `the last cycle knew no campaign ${campaign}: \`drover campaigns list\` shows those that are applied`,
      );
    const { at, stoppedBy, level } = population;
    return {
      document: { at, isStale, stoppedBy, level, campaigns },
      human: () => describeExplanation(session, population, campaigns, isStale),
      exitCode: isStale ? EXIT.failed : EXIT.ok,
    };
  });

const addQueueCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('queue').description('How much work waits, and why no more is made');
  defineCommand(group, host, {
    usage: 'status',
    description: 'What waits by class, what should wait, and what holds the making of work back',
    options: [watchOption],
    input: statusSchema,
    examples: ['drover queue status', 'drover queue status --watch'],
    run: status,
  });
  defineCommand(group, host, {
    usage: 'explain [campaign]',
    description: 'The last cycle, entry by entry: needed, made, and what limited it',
    options: [watchOption],
    input: explainSchema,
    examples: ['drover queue explain', 'drover queue explain hex8_2p --json'],
    run: explain,
  });
};

export { addQueueCommands };
