import type { Command } from 'commander';
import * as z from 'zod';
import { LISTED_PROVIDERS } from '../../lib/constants.ts';
import { costReport } from '../../lib/providers/cost-report.ts';
import { listingTrust } from '../../lib/providers/provider-state.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';
import { formatUsd } from '../output/usd.ts';

const inputSchema = z.object({ by: z.enum(['provider', 'role', 'node']), since: durationSchema });

const cost = async ({ by, since }: z.infer<typeof inputSchema>, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { io, screen } = session;
  const now = io.clock.now();
  const from = addSeconds(now, -since);
  const [states, read] = await Promise.all([
    stores.providerStates.list(),
    Promise.all(
      LISTED_PROVIDERS.map(async (provider) => ({
        records: await stores.instances.list(provider),
        segments: await stores.instances.listSegments(provider, from, now),
      })),
    ),
  ]);
  const { rows, totalMicroUsd } = costReport(
    read.flatMap(({ records }) => records),
    read.flatMap(({ segments }) => segments),
    by,
    from,
    now,
  );
  const notFresh = states
    .map((state) => ({ provider: state.provider, trust: listingTrust(state, now), listedAt: state.listedAt }))
    .filter(({ trust }) => trust !== 'fresh');
  screen.show({ by, from: toTimestamp(from), to: toTimestamp(now), rows, totalMicroUsd, notFresh }, () => {
    const isShort = rows.some(({ unpricedHours }) => unpricedHours > 0);
    return [
      screen.table(
        [by.toUpperCase(), 'SPENT', 'NOW', 'HOURS WITHOUT A PRICE'],
        [
          ...rows.map(({ group, microUsd, microUsdPerHour, unpricedHours }) => [
            group,
            formatUsd(microUsd),
            `${formatUsd(microUsdPerHour)}/h`,
            unpricedHours === 0 ? '' : unpricedHours.toFixed(1),
          ]),
          ['total', formatUsd(totalMicroUsd), '', ''],
        ],
      ),
      ...(isShort ? [screen.warn('Some instances have no known price: the bill is higher.')] : []),
      ...notFresh.map(({ provider, trust, listedAt }) =>
        screen.warn(
          `${provider}: the listing is ${trust} (last believed: ${listedAt ?? 'never'}); counted on as it was`,
        ),
      ),
    ].join('\n');
  });
};

const addCostCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'cost',
    description: 'What the instances cost, from the prices that their providers listed',
    options: [
      { flags: '--by <group>', description: 'provider, role or node', default: 'provider' },
      { flags: '--since <duration>', description: 'how far back (90s, 30m, 2h, 7d)', default: '7d' },
    ],
    input: inputSchema,
    examples: ['drover cost', 'drover cost --by role --since 30d', 'drover cost --by node --since 1d --json'],
    run: cost,
  });

export { addCostCommand };
