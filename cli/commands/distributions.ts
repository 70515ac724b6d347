import type { Command } from 'commander';
import * as z from 'zod';
import type { Delivery } from '../../lib/distribution/delivery.ts';
import type { Distribution } from '../../lib/distribution/distribution.ts';
import { PermanentError } from '../../lib/errors.ts';
import { secondsSince } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Context, Session } from '../context.ts';
import { formatSeconds } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatBytes } from '../output/bytes.ts';
import type { Screen } from '../output/screen.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { wholeNumberSchema } from '../whole-number.ts';
import { describeDelivery } from './describe-delivery.ts';

const WATCH_SECONDS = 1;

const colourState = (screen: Screen, state: Distribution['state']): string =>
  ({ running: screen.warn, completed: screen.good, incomplete: screen.bad })[state](state);

/** A node that held it before is a target that is verified, not one that was left out. */
const skippedCount = ({ skippedCounts }: Distribution): number =>
  Object.entries(skippedCounts)
    .filter(([reason]) => reason !== 'holds-verified')
    .reduce((sum, [, count]) => sum + (count ?? 0), 0);

const listSchema = z.object({ limit: wholeNumberSchema(1, 1000) });

const list = async ({ limit }: z.infer<typeof listSchema>, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { screen } = session;
  const distributions = await stores.distributions.list(limit);
  screen.show({ distributions }, () =>
    distributions.length === 0
      ? 'No distribution yet. `drover models promote <name>@<version>` starts one.'
      : screen.table(
          [
            'DISTRIBUTION',
            'ARTIFACT',
            'SIZE',
            'TRIGGER',
            'STATE',
            'VERIFIED',
            'FAILED',
            'SKIPPED',
            'CREATED',
          ],
          distributions.map((each) => [
            each.distributionId,
            `${each.name}@${each.version}`,
            formatBytes(each.bytes),
            each.trigger,
            colourState(screen, each.state),
            `${each.verifiedNodeIds.length}/${each.targetNodeIds.length}`,
            String(Object.keys(each.failedNodes).length),
            String(skippedCount(each)),
            each.createdAt,
          ]),
        ),
  );
};

interface NodeLine {
  readonly nodeId: string;
  readonly state: string;
  readonly progress: string;
  readonly reason: string;
}

/** Every target and every listed skipped node, each with its state and reason. */
const nodeLines = (distribution: Distribution, deliveries: readonly Delivery[]): NodeLine[] => {
  const byNode = new Map(deliveries.map((delivery) => [delivery.nodeId, delivery]));
  const targets = distribution.targetNodeIds.map((nodeId) => {
    const delivery = byNode.get(nodeId);
    if (delivery) return { nodeId, ...describeDelivery(delivery) };
    return distribution.verifiedNodeIds.includes(nodeId)
      ? { nodeId, state: 'verified', progress: '', reason: 'held it before' }
      : { nodeId, state: 'pending', progress: '', reason: 'no delivery row yet' };
  });
  const leftOut = Object.entries(distribution.skippedNodes).filter(
    ([, reason]) => reason !== 'holds-verified',
  );
  const skipped = leftOut.map(([nodeId, reason]) => ({
    nodeId,
    state: 'skipped',
    progress: '',
    reason,
  }));
  return [...targets, ...skipped];
};

const readOne = async ({ stores }: Context, distributionId: string) => {
  const distribution = await stores.distributions.get(distributionId);
  if (!distribution)
    throw new PermanentError(
      `there is no distribution ${distributionId}: \`drover distributions list\` shows them`,
    );
  return { distribution, deliveries: await stores.deliveries.listByArtifact(distribution.artifactId) };
};

const renderOne = (
  screen: Screen,
  distribution: Distribution,
  deliveries: readonly Delivery[],
  now: Date,
): string => {
  const left = -secondsSince(distribution.deadlineAt, now);
  const ends =
    distribution.endedAt !== undefined
      ? formatTimestamp(distribution.endedAt)
      : left > 0
        ? `in ${formatSeconds(left)}`
        : `overdue by ${formatSeconds(-left)}; the sweep ends it`;
  return [
    `${screen.strong(`${distribution.name}@${distribution.version}`)} ${formatBytes(distribution.bytes)}  ${colourState(screen, distribution.state)}`,
    `${distribution.verifiedNodeIds.length} of ${distribution.targetNodeIds.length} targets verified, ${distribution.requiredVerified} needed; ${distribution.endedAt ? 'ended' : 'deadline'} ${ends}`,
    '',
    screen.table(
      ['NODE', 'STATE', 'PROGRESS', 'REASON'],
      nodeLines(distribution, deliveries).map(({ nodeId, state, progress, reason }) => [
        nodeId,
        state,
        progress,
        reason,
      ]),
    ),
  ].join('\n');
};

const showSchema = z.object({ id: z.string(), watch: z.boolean().default(false) });

const show = async ({ id, watch }: z.infer<typeof showSchema>, session: Session): Promise<ExitCode> => {
  const context = await session.connect();
  const { io, screen } = session;
  let current = await readOne(context, id);
  while (watch && current.distribution.state === 'running' && !io.signal.aborted) {
    // A terminal shows one picture that changes; a pipe gets the end only.
    if (io.terminal && !screen.json)
      io.writeOut(
        `\u001b[H\u001b[2J${renderOne(screen, current.distribution, current.deliveries, io.clock.now())}\n`,
      );
    await io.sleep(WATCH_SECONDS, io.signal);
    current = await readOne(context, id);
  }
  if (watch && io.terminal && !screen.json) io.writeOut('\u001b[H\u001b[2J');
  const { distribution, deliveries } = current;
  screen.show({ distribution, deliveries, nodes: nodeLines(distribution, deliveries) }, () =>
    renderOne(screen, distribution, deliveries, io.clock.now()),
  );
  return watch && distribution.state !== 'completed' ? EXIT.failed : EXIT.ok;
};

const addDistributionCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('distributions').description('Artifacts on their way to nodes');
  defineCommand(group, host, {
    usage: 'list',
    description: 'Distributions, newest first',
    options: [{ flags: '--limit <count>', description: 'at most so many', default: '20' }],
    input: listSchema,
    examples: ['drover distributions list', 'drover distributions list --limit 5 --json'],
    run: list,
  });
  defineCommand(group, host, {
    usage: 'show <id>',
    description: 'One distribution: state, progress and reason of each node',
    options: [{ flags: '--watch', description: 'until it ends; exit code 0 when it completed' }],
    input: showSchema,
    examples: ['drover distributions show d-0123456789abcdef01234567 --watch'],
    run: show,
  });
};

export { addDistributionCommands, nodeLines };
