import type { Command } from 'commander';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { createHealthFacade, type HealthFacade, type NodeHealthView } from '../../lib/health/facade.ts';
import type { FleetHealth } from '../../lib/health/fleet-health.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Screen } from '../output/screen.ts';

const inputSchema = z.object({ node: nodeIdSchema.optional(), watch: z.boolean().default(false) });

const WATCH_SECONDS = 5;

const tint = (screen: Screen, word: string): string => {
  if (word === 'healthy') return screen.good(word);
  return word === 'degraded' || word === 'unknown' ? screen.warn(word) : screen.bad(word);
};

const describeNode = (screen: Screen, node: NodeHealthView): string =>
  [
    `${node.nodeId}  ${tint(screen, node.state)}${node.since === undefined ? '' : ` since ${node.since}`}: ${node.reasons.join(', ')}`,
    `  ${node.provider}, ${node.lifecycle}, last heartbeat ${node.heartbeatAt ?? 'never'}`,
  ].join('\n');

const describeFleet = (screen: Screen, fleet: FleetHealth): string => {
  const points = (value: number | undefined): string => (value === undefined ? '?' : value.toFixed(0));
  const { nodes } = fleet;
  return [
    `${screen.strong(`Health ${fleet.score ?? '?'}`)} of 100: ${tint(screen, fleet.level)} (as of ${fleet.asOf})`,
    fleet.pause ? screen.bad('Pipeline paused') : `Pipeline ${screen.good('runs')}`,
    ...fleet.pauseReasons.map((reason) => `  ${reason}`),
    ...(fleet.mayProbe.length === 0
      ? []
      : [`  one run may prove that it works again: ${fleet.mayProbe.join(', ')}`]),
    ...(fleet.observer === 'suspect'
      ? [screen.bad('So many nodes seem to fail at once that this view is doubted: nothing is destroyed')]
      : []),
    screen.table(
      ['PART', 'WEIGHT', 'POINTS', 'WHY'],
      fleet.components.map(({ component, weight, value, explanation }) => [
        component,
        String(weight),
        points(value),
        explanation,
      ]),
    ),
    nodes === undefined
      ? screen.warn('Nodes unknown')
      : `Nodes ${nodes.expected} expected: ${nodes.healthy} healthy, ${nodes.degraded} degraded, ${nodes.unhealthy} unhealthy, ${nodes.unreachable} unreachable, ${nodes.unknown} unknown`,
    fleet.data === undefined
      ? screen.warn('Data unknown: nobody has counted the copies lately')
      : `Data ${tint(screen, fleet.data.level)}, ${fleet.data.score} of 100: ${fleet.data.lost} artifacts lost, ${fleet.data.under} below their minimum (drover replication status)`,
    ...fleet.notHealthy.map(
      ({ nodeId, state, reasons }) => `  ${nodeId}  ${tint(screen, state)}: ${reasons.join(', ')}`,
    ),
  ].join('\n');
};

/** Shows once; answers whether all is well. */
const show = async (
  facade: HealthFacade,
  nodeId: string | undefined,
  { screen }: Session,
): Promise<boolean> => {
  if (nodeId === undefined) {
    const fleet = await facade.getClusterHealthSummary();
    screen.show(fleet, () => describeFleet(screen, fleet));
    return fleet.level === 'healthy' && !fleet.pause;
  }
  const node = await facade.getNodeHealth(nodeId);
  if (node === undefined)
    throw new PermanentError(`there is no node ${nodeId}: \`drover nodes list\` shows them`);
  screen.show(node, () => describeNode(screen, node));
  return node.state === 'healthy';
};

const health = async ({ node, watch }: z.infer<typeof inputSchema>, session: Session): Promise<ExitCode> => {
  const { stores } = await session.connect();
  const { io } = session;
  const facade = createHealthFacade({
    evaluations: stores.evaluations,
    nodes: stores.nodes,
    clock: io.clock,
  });
  let isWell = await show(facade, node, session);
  while (watch && !io.signal.aborted) {
    await io.sleep(WATCH_SECONDS, io.signal);
    if (!io.signal.aborted) isWell = await show(facade, node, session);
  }
  return isWell ? EXIT.ok : EXIT.failed;
};

const addHealthCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'health [node]',
    description: 'How the fleet, or one node, is, and why; exit code 1 unless all is well',
    options: [{ flags: '--watch', description: 'show it again every 5 seconds' }],
    input: inputSchema,
    examples: ['drover health', 'drover health n-0123456789ab', 'drover health --watch'],
    run: health,
  });

export { addHealthCommand };
