import type { Command } from 'commander';
import * as z from 'zod';
import { planRepairs, STATUS_LIMIT } from '../../lib/replication/explain-replication.ts';
import { REPAIR_REASONS, type RepairReason } from '../../lib/replication/repair-reasons.ts';
import type { ReplicationReport } from '../../lib/replication/replication-report.ts';
import { endedRepairs, replicationLevel } from '../../lib/replication/replication-score.ts';
import { distributionPolicyOf } from '../../lib/sync/distribution-policy-of.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import type { ExitCode } from '../exit.ts';
import type { Screen } from '../output/screen.ts';
import { replicationReadsOf } from '../replication-reads.ts';
import { type Picture, showPicture, watchOption } from '../watch.ts';

const inputSchema = z.object({ watch: z.boolean().default(false) });

const describeReport = (screen: Screen, report: ReplicationReport | undefined): string[] => {
  if (report === undefined)
    return [screen.warn('Nobody has counted yet: repair-replication does every five minutes.')];
  const { score, total, lost, under, single, short, countedAt, alerts } = report;
  return [
    screen.strong(
      `Replication ${replicationLevel(score)}: ${score.toFixed(1)} of 100, counted at ${countedAt}.`,
    ),
    `${total} artifacts: ${lost} lost, ${under} below their minimum (${single} with one copy), ${short} with fewer copies near than wanted`,
    ...alerts.map(({ kind, message, since }) => screen.bad(`${kind} since ${since}: ${message}`)),
  ];
};

const status = async (input: z.infer<typeof inputSchema>, session: Session): Promise<ExitCode> => {
  const look = async (): Promise<Picture> => {
    const { stores } = await session.connect();
    const { screen, io } = session;
    const { config } = await stores.config.current();
    const reads = replicationReadsOf(stores, io.clock);
    const [report, plan] = await Promise.all([
      stores.replication.report(),
      planRepairs(reads, config.replication, distributionPolicyOf(config.sync)),
    ]);
    const { ledger, brake, pausedBy } = plan.situation;
    const counts = new Map<RepairReason, number>();
    for (const { reason } of plan.decisions) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const reasons = [...counts].sort((a, b) => b[1] - a[1]);
    const running = Object.values(ledger?.running ?? {});
    const ended = endedRepairs(ledger);
    return {
      document: {
        report,
        running,
        ended,
        pausedBy,
        brake,
        next: Object.fromEntries(reasons),
        isCutOff: plan.isCutOff,
      },
      human: () =>
        [
          ...describeReport(screen, report),
          ...(pausedBy === undefined ? [] : [screen.warn(`Repair is paused by ${pausedBy}`)]),
          ...(brake === 'off' ? [] : [screen.warn(`The brake on mass failure is ${brake}.`)]),
          `${running.length} repairs run; in the last two hours ${ended.succeeded} succeeded and ${ended.failed} failed`,
          ...(reasons.length === 0
            ? ['Nothing is due.']
            : [
                '',
                screen.table(
                  ['THE NEXT CYCLE', 'ARTIFACTS', 'MEANS'],
                  reasons.map(([reason, count]) => [reason, String(count), REPAIR_REASONS[reason]]),
                ),
              ]),
          ...(plan.isCutOff
            ? [
                screen.warn(
                  `Of each state (changed, under, short) ${STATUS_LIMIT} artifacts were looked at; more are due.`,
                ),
              ]
            : []),
        ].join('\n'),
    };
  };
  return showPicture(session, input.watch, look);
};

const addReplicationStatusCommand = (group: Command, host: CommandHost): void =>
  defineCommand(group, host, {
    usage: 'status',
    description: 'How safe the data is, what is repaired, and what repairs wait for',
    options: [watchOption],
    input: inputSchema,
    examples: ['drover replication status', 'drover replication status --watch'],
    run: status,
  });

export { addReplicationStatusCommand };
