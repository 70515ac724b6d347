import type { Command } from 'commander';
import * as z from 'zod';
import { FRESH_HEARTBEAT_SECONDS } from '../../lib/constants.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { type Lifecycle, lifecycleSchema, type Node } from '../../lib/nodes/node.ts';
import { secondsSince } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { formatSeconds } from '../duration.ts';
import { findNode } from '../find-node.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { describeDelivery } from './describe-delivery.ts';
import { describeEnding } from './describe-ending.ts';
import { addNodeEndingCommands } from './nodes-ending.ts';
import { revokeInputSchema, revokeNodeByOperator } from './nodes-revoke.ts';
import { revokeToken, revokeTokenInputSchema } from './nodes-revoke-token.ts';
import { mintToken, tokenInputSchema } from './nodes-token.ts';

/** Everything that may still come back. Ended nodes are history. */
const livingLifecycles: readonly Lifecycle[] = ['pending', 'active', 'draining', 'terminating'];

const heartbeatAge = (node: Node, now: Date): number | undefined =>
  node.heartbeatAt === undefined ? undefined : Math.max(0, secondsSince(node.heartbeatAt, now));

const isFresh = (node: Node, now: Date): boolean => {
  const age = heartbeatAge(node, now);
  return age !== undefined && age < FRESH_HEARTBEAT_SECONDS;
};

/** What a script reads of a node. A value that the node did not report is absent. */
const describeNode = (node: Node, now: Date) => {
  const utilizations = node.heartbeat?.gpus?.flatMap(({ utilizationPercent }) => utilizationPercent ?? []);
  return {
    nodeId: node.nodeId,
    provider: node.provider,
    instanceId: node.instanceId,
    role: node.role,
    lifecycle: node.lifecycle,
    revoked: node.revokedAt !== undefined,
    heartbeatAgeSeconds: heartbeatAge(node, now),
    fresh: isFresh(node, now),
    diskUsedPercent: node.heartbeat?.disk?.usedPercent,
    /** Of the busiest GPU: a mean would show eight GPUs of which one works as nearly idle. */
    gpuUtilizationPercent: utilizations && utilizations.length > 0 ? Math.max(...utilizations) : undefined,
    slots: node.heartbeat?.slots,
    agentVersion: node.heartbeat?.agentVersion,
    /** Drain, termination, shadow drain, unclaimed files. */
    endings: describeEnding(node, now),
  };
};

const percent = (value: number | undefined): string => (value === undefined ? '?' : `${Math.round(value)} %`);

const listSchema = z.object({ all: z.boolean().default(false), lifecycle: lifecycleSchema.optional() });

const list = async (input: z.infer<typeof listSchema>, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { screen, io } = session;
  const wanted = input.lifecycle ? [input.lifecycle] : input.all ? lifecycleSchema.options : livingLifecycles;
  const now = io.clock.now();
  const nodes = (await stores.nodes.listByLifecycle(wanted))
    .map((node) => describeNode(node, now))
    .sort((a, b) => a.nodeId.localeCompare(b.nodeId));
  screen.show({ nodes }, () =>
    nodes.length === 0
      ? 'No nodes. `drover nodes token` makes a join token for the first one.'
      : screen.table(
          ['NODE', 'PROVIDER', 'INSTANCE', 'ROLE', 'LIFECYCLE', 'HEARTBEAT', 'DISK', 'GPU', 'SLOTS', 'AGENT'],
          nodes.map((node) => [
            node.nodeId,
            node.provider,
            node.instanceId,
            node.role,
            [
              node.revoked ? screen.bad('revoked') : node.lifecycle,
              ...node.endings.flatMap(({ short }) => short || []),
            ].join(', '),
            node.heartbeatAgeSeconds === undefined
              ? screen.warn('never')
              : (node.fresh ? screen.good : screen.warn)(`${formatSeconds(node.heartbeatAgeSeconds)} ago`),
            percent(node.diskUsedPercent),
            percent(node.gpuUtilizationPercent),
            node.slots ? `${node.slots.free}/${node.slots.total} free` : '?',
            node.agentVersion ?? '?',
          ]),
        ),
  );
};

const show = async ({ id }: { id: string }, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { screen, io } = session;
  const node = await findNode(stores.nodes, id);
  const [deliveries, openCommands] = await Promise.all([
    stores.deliveries.listByNode(id),
    stores.commands.listOpen(id),
  ]);
  const now = io.clock.now();
  const { leases, ...record } = node;
  screen.show({ node: { ...record, leases: Object.values(leases) }, deliveries, openCommands }, () => {
    const summary = describeNode(node, now);
    const facts: [string, string][] = [
      ['node', node.nodeId],
      ['instance', `${node.provider} ${node.instanceId}`],
      [
        'lifecycle',
        node.revokedAt ? `${node.lifecycle}, revoked ${formatTimestamp(node.revokedAt)}` : node.lifecycle,
      ],
      ...summary.endings.map(({ text }): [string, string] => ['its end', text]),
      ['enrolled', formatTimestamp(node.enrolledAt)],
      [
        'heartbeat',
        summary.heartbeatAgeSeconds === undefined
          ? 'never'
          : `${formatSeconds(summary.heartbeatAgeSeconds)} ago${summary.fresh ? '' : ' (stale)'}`,
      ],
      ['disk used', percent(summary.diskUsedPercent)],
      [
        'inventory',
        node.inventory
          ? `${node.inventory.count} files at ${formatTimestamp(node.inventory.inventoryAt)}`
          : 'never reported',
      ],
      ['accepts', node.capabilities.acceptsKinds.join(', ')],
      ['leases', String(Object.keys(leases).length)],
      ['open commands', String(openCommands.length)],
    ];
    const deliveryTable = screen.table(
      ['ARTIFACT', 'STATE', 'PROGRESS', 'REASON'],
      deliveries.map((delivery) => {
        const { state, progress, reason } = describeDelivery(delivery);
        return [delivery.artifactId.slice(0, 12), state, progress, reason];
      }),
    );
    return [
      ...facts.map(([name, value]) => `${screen.faint(name.padEnd(14))}${value}`),
      ...(deliveries.length > 0 ? ['', deliveryTable] : []),
    ].join('\n');
  });
};

const addNodeCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('nodes').description('The machines of the fleet');
  defineCommand(group, host, {
    usage: 'list',
    description: 'Nodes with lifecycle, heartbeat and load',
    options: [
      { flags: '--all', description: 'also those that ended' },
      { flags: '--lifecycle <lifecycle>', description: 'only these' },
    ],
    input: listSchema,
    examples: ['drover nodes list', 'drover nodes list --all --json'],
    run: list,
  });
  defineCommand(group, host, {
    usage: 'show <id>',
    description: 'One node: record, deliveries, open commands',
    input: z.object({ id: nodeIdSchema }),
    examples: ['drover nodes show n-0a1b2c3d4e5f'],
    run: show,
  });
  defineCommand(group, host, {
    usage: 'token',
    description: 'Make a join token; it is shown once and stored only as a hash',
    options: [
      { flags: '--ttl <duration>', description: 'how long it is good (90s, 30m, 2h, 7d)', default: '1h' },
      { flags: '--uses <count>', description: 'how many machines may enrol with it', default: '1' },
    ],
    input: tokenInputSchema,
    examples: ['drover nodes token --ttl 1h --uses 1', 'drover nodes token --ttl 1d --uses 50 --json'],
    run: mintToken,
  });
  defineCommand(group, host, {
    usage: 'revoke <id>',
    description: "End a node's trust at once: no new credentials, its reports are refused",
    options: [
      {
        flags: '--reason <text>',
        description: 'why: it goes to the audit trail',
        default: 'revoked by an operator',
      },
      { flags: '--yes', description: 'do not ask' },
    ],
    input: revokeInputSchema,
    examples: ['drover nodes revoke n-0a1b2c3d4e5f --reason "machine returned"'],
    run: revokeNodeByOperator,
  });
  defineCommand(group, host, {
    usage: 'revoke-token <tokenId>',
    description: 'End a join token before its time; nodes that enrolled with it stay',
    options: [
      {
        flags: '--reason <text>',
        description: 'why: it goes to the audit trail',
        default: 'revoked by an operator',
      },
    ],
    input: revokeTokenInputSchema,
    examples: ['drover nodes revoke-token 0a1b2c3d4e5f6071'],
    run: revokeToken,
  });
  addNodeEndingCommands(group, host);
};

export { addNodeCommands, describeNode, isFresh, livingLifecycles };
