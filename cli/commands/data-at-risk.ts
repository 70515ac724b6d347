import type { Command } from 'commander';
import * as z from 'zod';
import type { MarkedArtifact } from '../../lib/artifacts/replica-mark.ts';
import type { MayLoseDecision } from '../../lib/nodes/decide-may-lose.ts';
import { mayLose } from '../../lib/nodes/may-lose.ts';
import { addSeconds } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { formatBytes } from '../output/bytes.ts';
import type { Screen } from '../output/screen.ts';

/** Far behind every time at which an artifact is due. */
const HORIZON_SECONDS = 30 * 86_400;
const MAX_LISTED = 200;

interface NodeAtRisk {
  readonly nodeId: string;
  readonly provider: string;
  readonly mayLose: MayLoseDecision;
}

const artifactRow = ({ artifact, mark }: MarkedArtifact): string[] => [
  `${artifact.name}@${artifact.version}`,
  artifact.kind,
  formatBytes(artifact.bytes),
  mark?.state === 'lost' ? 'lost' : `${mark?.copies ?? 0} copies`,
  mark?.since ?? '',
  artifact.replicaNodeIds.join(', '),
];

const orphansOf = ({ unclaimed }: MayLoseDecision): string =>
  unclaimed === 'unknown' ? 'unknown' : `${unclaimed.count} (${formatBytes(unclaimed.bytes)})`;

const nodeRow = ({ nodeId, provider, mayLose: decision }: NodeAtRisk): string[] => [
  nodeId,
  provider,
  String(decision.missingFromStore.length),
  decision.unflushedBytes === 'unknown' ? 'unknown' : formatBytes(decision.unflushedBytes),
  orphansOf(decision),
  decision.reasons.join(', '),
];

interface Risks {
  readonly artifacts: readonly MarkedArtifact[];
  readonly nodes: readonly NodeAtRisk[];
  /** Artifacts whose copies changed since anybody looked. */
  readonly notLookedAt: number;
}

const render = (screen: Screen, { artifacts, nodes, notLookedAt }: Risks): string => {
  const unseen =
    notLookedAt === 0
      ? []
      : [
          screen.warn(
            `${notLookedAt} artifacts were not looked at yet since their copies changed, and may be at risk: \`repair-replication\` does each minute.`,
          ),
        ];
  if (artifacts.length === 0 && nodes.length === 0)
    return (
      unseen[0] ??
      screen.good('Nothing is at risk: the store has all that is known, and no node holds anything else.')
    );
  return [
    ...unseen,
    ...(artifacts.length === 0
      ? []
      : [
          screen.table(['ARTIFACT', 'KIND', 'SIZE', 'LEFT', 'SINCE', 'ONLY ON'], artifacts.map(artifactRow)),
          '',
        ]),
    ...(nodes.length === 0
      ? []
      : [
          screen.table(
            ['NODE', 'PROVIDER', 'NOT IN THE STORE', 'UNFLUSHED', 'ORPHANS', 'WHY NOT SAFE'],
            nodes.map(nodeRow),
          ),
          screen.faint(
            'Orphans are files that no artifact is registered for: claim them in fleet.yaml (data.claim), and a flush brings them into the store.',
          ),
        ]),
  ].join('\n');
};

const atRisk = async (_: object, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { io, screen } = session;
  const now = io.clock.now();
  const lost = await stores.artifacts.listLost(MAX_LISTED);
  const under = await stores.artifacts.listDue('under', addSeconds(now, HORIZON_SECONDS), MAX_LISTED);
  const nodes: NodeAtRisk[] = [];
  for (const { nodeId, provider } of await stores.nodes.listByLifecycle(['active', 'draining'])) {
    const decision = await mayLose({ ...stores, clock: io.clock }, nodeId);
    if (!decision.safe) nodes.push({ nodeId, provider, mayLose: decision });
  }
  const { changed: notLookedAt } = await stores.artifacts.countMarks();
  const artifacts = [...lost, ...under];
  screen.show(
    {
      artifacts: artifacts.map(({ artifact, mark }) => ({ ...artifact, mark })),
      nodes,
      notLookedAt,
    },
    () => render(screen, { artifacts, nodes, notLookedAt }),
  );
};

const addDataCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('data').description('What would be lost, and with what');
  defineCommand(group, host, {
    usage: 'at-risk',
    description: 'Artifacts that lack copies, and nodes with which something would be lost',
    input: z.object({}),
    examples: ['drover data at-risk', 'drover data at-risk --json'],
    run: atRisk,
  });
};

export { addDataCommands };
