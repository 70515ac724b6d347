import type { Command } from 'commander';
import * as z from 'zod';
import { endedStretches, type Savings, savingsBetween, shadowStretches } from '../../lib/idle/savings.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';
import type { ExitCode } from '../exit.ts';
import type { Screen } from '../output/screen.ts';
import { formatUsd } from '../output/usd.ts';
import { type Picture, showPicture, watchOption } from '../watch.ts';

const ASSUMPTION =
  'It assumes that each node would have run on at its last price until now, or until it was used again where it only would have ended.';

/** Audit rows that are read of each kind. More than that in 400 days is said, not cut in silence. */
const MAX_ROWS = 20_000;

const inputSchema = z.object({ since: durationSchema, watch: z.boolean().default(false) });

const tableOf = (screen: Screen, title: string, { rows, total }: Savings): string =>
  screen.table(
    [title, 'NODES', 'DOLLARS', 'NOW', 'WITHOUT A PRICE'],
    [...rows, { provider: 'total', ...total }].map(
      ({ provider, nodes, microUsd, microUsdPerHour, unpriced }) => [
        provider,
        String(nodes),
        formatUsd(microUsd),
        `${formatUsd(microUsdPerHour)}/h`,
        unpriced === 0 ? '' : String(unpriced),
      ],
    ),
  );

const savings = async (input: z.infer<typeof inputSchema>, session: Session): Promise<ExitCode> => {
  const look = async (): Promise<Picture> => {
    const { stores } = await session.connect();
    const { io, screen } = session;
    const now = io.clock.now();
    const from = toTimestamp(addSeconds(now, -input.since));
    const to = toTimestamp(now);
    const [ends, matured, shadowEnds] = await Promise.all(
      ['end-node', 'would-terminate-node', 'end-shadow-drain'].map((action) =>
        stores.audit.listByAction(action, MAX_ROWS),
      ),
    );
    const saved = savingsBetween(endedStretches(ends ?? []), from, to);
    const wouldHaveSaved = savingsBetween(shadowStretches(matured ?? [], shadowEnds ?? []), from, to);
    const isCut = [ends, matured, shadowEnds].some((rows) => rows?.length === MAX_ROWS);
    const unpriced = saved.total.unpriced + wouldHaveSaved.total.unpriced;
    return {
      document: { from, to, saved, wouldHaveSaved, assumption: ASSUMPTION, isCut },
      human: () =>
        [
          `${screen.strong(formatUsd(saved.total.microUsd))} saved since ${from}; in observe mode ${formatUsd(wouldHaveSaved.total.microUsd)} would have been.`,
          screen.faint(ASSUMPTION),
          '',
          tableOf(screen, 'SAVED', saved),
          '',
          tableOf(screen, 'WOULD HAVE SAVED', wouldHaveSaved),
          ...(unpriced > 0
            ? [screen.warn(`Nodes without a known price: ${unpriced}. What they save is not in the sums.`)]
            : []),
          ...(isCut
            ? [screen.warn(`Only the last ${MAX_ROWS} rows of a kind were read: more was saved.`)]
            : []),
        ].join('\n'),
    };
  };
  return showPicture(session, input.watch, look);
};

const addSavingsCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'savings',
    description: 'Dollars that idle shutdown saved, and would have saved where it only observes',
    options: [
      { flags: '--since <duration>', description: 'how far back (90s, 30m, 2h, 7d)', default: '30d' },
      watchOption,
    ],
    input: inputSchema,
    examples: ['drover savings', 'drover savings --since 7d --json', 'drover savings --watch'],
    run: savings,
  });

export { addSavingsCommand };
