import type { Command } from 'commander';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { type CopiesExplanation, explainCopies } from '../../lib/replication/explain-replication.ts';
import { REPAIR_REASONS } from '../../lib/replication/repair-reasons.ts';
import { distributionPolicyOf } from '../../lib/sync/distribution-policy-of.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { findArtifact } from '../find-artifact.ts';
import type { Screen } from '../output/screen.ts';
import { replicationReadsOf } from '../replication-reads.ts';

const inputSchema = z.object({ artifact: z.string().min(1) });

const WORTH = {
  live: 'counts',
  ephemeral: 'counts as none: the machine can vanish at any moment',
  silent: 'counts no longer: it was not heard of for 10 minutes',
  unlisted: 'counts no longer: it did not list what it holds',
  ended: 'counts no longer: the node is gone',
  unknown: 'is written off with the next cycle: the node ended',
} as const;

const ACTIONS = {
  push: 'is pushed into the store with the next cycle',
  pull: 'is fetched by nodes with the next cycle',
  settle: 'needs nothing',
  lose: 'is lost',
  wait: 'waits',
} as const;

const render = (screen: Screen, { candidate, decision, holders }: CopiesExplanation): string => {
  const { artifact, mark } = candidate;
  const { reason, action, evidence, repairs } = decision;
  return [
    screen.strong(
      `${artifact.kind} ${artifact.name}@${artifact.version} ${ACTIONS[action]}: ${REPAIR_REASONS[reason]} (${reason}).`,
    ),
    screen.faint(artifact.artifactId),
    `in the store: ${artifact.storeReplica === undefined ? screen.warn('no') : `yes, verified at ${artifact.storeReplica.verifiedAt}`}`,
    `on nodes: ${evidence.countingNodeIds.length} count, at least ${evidence.minimumNodeCopies}, wanted ${evidence.targetNodeCopies} (${evidence.from})`,
    ...(mark?.since === undefined ? [] : [`lacks copies since ${mark.since}`]),
    ...(mark?.dueAt === undefined ? [] : [`looked at again, or repaired, from ${mark.dueAt}`]),
    ...repairs.map(({ action: how, nodeId }) => `${how}: ${nodeId}`),
    ...(holders.length === 0
      ? []
      : [
          '',
          screen.table(
            ['HOLDER', 'PROVIDER', 'ITS COPY'],
            holders.map(({ nodeId, provider, state }) => [nodeId, provider ?? '', WORTH[state]]),
          ),
        ]),
  ].join('\n');
};

const explain = async (input: z.infer<typeof inputSchema>, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { artifactId } = await findArtifact(stores.artifacts, input.artifact);
  const candidate = await stores.artifacts.getMarked(artifactId);
  if (candidate === undefined) throw new PermanentError(`there is no artifact ${artifactId}`);
  const { config } = await stores.config.current();
  const reads = replicationReadsOf(stores, session.io.clock);
  const explanation = await explainCopies(
    reads,
    config.replication,
    candidate,
    distributionPolicyOf(config.sync),
  );
  const { decision, holders } = explanation;
  const { action, reason, evidence, repairs } = decision;
  session.screen.show(
    { artifact: candidate.artifact, mark: candidate.mark, action, reason, evidence, repairs, holders },
    () => render(session.screen, explanation),
  );
};

const addExplainReplicationCommand = (group: Command, host: CommandHost): void =>
  defineCommand(group, host, {
    usage: 'explain <artifact>',
    description: 'Where the copies of one artifact are, what each is worth, and what happens next',
    input: inputSchema,
    examples: ['drover replication explain hex8_2p@12', 'drover replication explain 0a1b2c3d4e5f --json'],
    run: explain,
  });

export { addExplainReplicationCommand };
