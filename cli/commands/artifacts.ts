import type { Command } from 'commander';
import * as z from 'zod';
import { artifactKindSchema } from '../../lib/artifacts/artifact.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { findArtifact } from '../find-artifact.ts';
import { formatBytes } from '../output/bytes.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { wholeNumberSchema } from '../whole-number.ts';
import { publishArtifact, publishInputSchema } from './artifacts-publish.ts';
import { waitForArtifact, waitInputSchema } from './artifacts-wait.ts';
import { describeDelivery } from './describe-delivery.ts';

const listSchema = z.object({
  kind: artifactKindSchema.optional(),
  limit: wholeNumberSchema(1, 1000),
});

const list = async ({ kind, limit }: z.infer<typeof listSchema>, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { screen } = session;
  const artifacts = await stores.artifacts.list({ limit, ...(kind && { kind }) });
  screen.show({ artifacts }, () =>
    artifacts.length === 0
      ? 'Nothing is published yet. `drover artifacts publish <file> --kind model --name <name> --version <version>`'
      : screen.table(
          ['ARTIFACT', 'KIND', 'NAME', 'SIZE', 'NODES', 'PROMOTED', 'REGISTERED'],
          artifacts.map((artifact) => [
            artifact.artifactId.slice(0, 12),
            artifact.kind,
            `${artifact.name}@${artifact.version}`,
            formatBytes(artifact.bytes),
            String(artifact.replicaNodeIds.length),
            artifact.promotedAt ?? '',
            artifact.registeredAt,
          ]),
        ),
  );
};

const show = async ({ artifact: reference }: { artifact: string }, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { screen } = session;
  const artifact = await findArtifact(stores.artifacts, reference);
  const deliveries = await stores.deliveries.listByArtifact(artifact.artifactId);
  screen.show({ artifact, deliveries }, () => {
    const facts: [string, string][] = [
      ['artifact', artifact.artifactId],
      ['name', `${artifact.name}@${artifact.version} (${artifact.kind}, ${artifact.fileName})`],
      ['size', `${formatBytes(artifact.bytes)} (${artifact.bytes} bytes)`],
      [
        'store',
        artifact.storeReplica
          ? `verified ${formatTimestamp(artifact.storeReplica.verifiedAt)}, ${artifact.storeReplica.key}`
          : screen.bad('not verified'),
      ],
      ['promoted', artifact.promotedAt === undefined ? 'never' : formatTimestamp(artifact.promotedAt)],
      ['registered', `${formatTimestamp(artifact.registeredAt)} by ${artifact.registeredBy}`],
      [
        'labels',
        Object.entries(artifact.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(', ') || 'none',
      ],
      ['on nodes', String(artifact.replicaNodeIds.length)],
    ];
    const table = screen.table(
      ['NODE', 'STATE', 'PROGRESS', 'REASON'],
      deliveries.map((delivery) => {
        const { state, progress, reason } = describeDelivery(delivery);
        return [delivery.nodeId, state, progress, reason];
      }),
    );
    return [
      ...facts.map(([name, value]) => `${screen.faint(name.padEnd(12))}${value}`),
      ...(deliveries.length > 0 ? ['', table] : []),
    ].join('\n');
  });
};

const addArtifactCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('artifacts').description('Immutable files, known by their SHA-256');
  defineCommand(group, host, {
    usage: 'publish <file>',
    description:
      'Hash a file, bring it into the store, verify and register it; run it again to go on after an interruption',
    options: [
      { flags: '--kind <kind>', description: artifactKindSchema.options.join(', ') },
      { flags: '--name <name>', description: 'what it is called; a folder on nodes' },
      { flags: '--version <version>', description: 'which one; never reused for other bytes' },
      { flags: '--label <key=value>', description: 'for grouping (may be repeated)', repeatable: true },
    ],
    input: publishInputSchema,
    examples: [
      'drover artifacts publish ./m.pth --kind model --name hex8_2p --version 12',
      'drover artifacts publish ./games.npz --kind npz --name hex8_2p --version 2026-11-23 --label board=hex8',
    ],
    run: publishArtifact,
  });
  defineCommand(group, host, {
    usage: 'list',
    description: 'Artifacts, newest first',
    options: [
      { flags: '--kind <kind>', description: 'only these' },
      { flags: '--limit <count>', description: 'at most so many', default: '50' },
    ],
    input: listSchema,
    examples: ['drover artifacts list', 'drover artifacts list --kind npz --json'],
    run: list,
  });
  defineCommand(group, host, {
    usage: 'show <artifact>',
    description: 'One artifact, by id or name@version, and its way to each node',
    input: z.object({ artifact: z.string() }),
    examples: ['drover artifacts show hex8_2p@12'],
    run: show,
  });
  defineCommand(group, host, {
    usage: 'wait <artifact>',
    description: 'Wait until nodes hold it, verified: exit code 0 when they do, 1 with the reasons when not',
    options: [
      { flags: '--min <count>', description: 'how many nodes', default: '1' },
      { flags: '--timeout <duration>', description: 'seconds, or 90s, 30m, 2h', default: '300' },
    ],
    input: waitInputSchema,
    examples: ['drover artifacts wait hex8_2p@12 --min 3 --timeout 300'],
    run: waitForArtifact,
  });
};

export { addArtifactCommands };
