import type { Command } from 'commander';
import * as z from 'zod';
import type { Artifact } from '../../lib/artifacts/artifact.ts';
import type { Distribution } from '../../lib/distribution/distribution.ts';
import {
  type DistributionExplanation,
  explainDistribution,
} from '../../lib/distribution/explain-distribution.ts';
import { distributionPolicySchema } from '../../lib/distribution/policy.ts';
import { PermanentError } from '../../lib/errors.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Context, Session } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { findArtifact } from '../find-artifact.ts';
import { formatBytes } from '../output/bytes.ts';
import type { Screen } from '../output/screen.ts';
import { wholeNumberSchema } from '../whole-number.ts';
import { timeoutSchema } from './artifacts-wait.ts';

const promoteSchema = z.object({
  model: z.string(),
  minVerified: wholeNumberSchema(1).optional(),
  yes: z.boolean().default(false),
  wait: z.boolean().default(false),
  timeout: timeoutSchema,
});
type PromoteInput = z.infer<typeof promoteSchema>;

const describeTransfer = ({
  sendNodeIds,
  bytesToTransfer,
  bytesPerNode,
}: DistributionExplanation): string => {
  if (sendNodeIds.length === 0) return 'nothing will travel';
  const nodes = sendNodeIds.length === 1 ? '1 node' : `each of ${sendNodeIds.length} nodes`;
  return `${formatBytes(bytesToTransfer)} will travel: ${formatBytes(bytesPerNode)} to ${nodes}`;
};

const describePlan = (
  screen: Screen,
  artifact: Artifact,
  plan: DistributionExplanation,
  minVerified: number | undefined,
): string => {
  const skipped = plan.outcomes.filter(
    ({ action, reason }) => action === 'skip' && reason !== 'holds-verified',
  );
  return [
    `${screen.strong(`${artifact.name}@${artifact.version}`)}: ${describeTransfer(plan)}; ${plan.holderNodeIds.length} hold it already.`,
    ...(skipped.length > 0
      ? [
          `Skipped: ${skipped.length}`,
          ...skipped.slice(0, 20).map(({ nodeId, reason }) => `  ${nodeId}  ${reason}`),
        ]
      : []),
    ...(minVerified !== undefined && minVerified > plan.requiredVerified
      ? [`It completes at ${plan.requiredVerified} verified: there are no ${minVerified} eligible nodes.`]
      : []),
    ...(skipped.length > 20 ? [`  … and ${skipped.length - 20} more (--json lists all)`] : []),
    ...(plan.sendNodeIds.length + plan.holderNodeIds.length === 0
      ? [
          screen.warn(
            'No node is eligible now: nodes that join later get it, but this distribution will end incomplete.',
          ),
        ]
      : []),
  ].join('\n');
};

const WAIT_POLL_SECONDS = 1;

/** Too many targets failed for good: nothing but another publish or promotion changes that. */
const cannotComplete = ({ targetNodeIds, failedNodes, requiredVerified }: Distribution): boolean =>
  targetNodeIds.length > 0 && targetNodeIds.length - Object.keys(failedNodes).length < requiredVerified;

/**
 * The distribution that the event started, once it ended or cannot complete any more; the running one, or undefined, when
 * the time is over.
 */
const waitForEnd = async (
  { stores }: Context,
  { io }: Session,
  artifactId: string,
  eventId: string,
  timeoutSeconds: number,
): Promise<Distribution | undefined> => {
  const deadline = addSeconds(io.clock.now(), timeoutSeconds);
  for (;;) {
    const distribution = (await stores.distributions.listByArtifact(artifactId)).find(
      (each) => each.eventId === eventId,
    );
    const over = io.clock.now() >= deadline || io.signal.aborted;
    if (over) return distribution;
    if (distribution !== undefined && (distribution.state !== 'running' || cannotComplete(distribution)))
      return distribution;
    await io.sleep(WAIT_POLL_SECONDS, io.signal);
  }
};

const describeEnd = (screen: Screen, eventId: string, ended: Distribution | undefined): string => {
  if (!ended)
    return `${screen.bad('No distribution was started')} by event ${eventId} yet: \`drover dlq show distribution\` says why when it was refused`;
  const count = `${ended.verifiedNodeIds.length} of ${ended.targetNodeIds.length} targets verified, ${ended.requiredVerified} needed`;
  const colour = ended.state === 'completed' ? screen.good : screen.bad;
  return [
    `${colour(ended.state)}: ${count} (${ended.distributionId})`,
    ...(ended.state === 'running' && cannotComplete(ended)
      ? ['Too many targets failed for good: it cannot complete, and ends at its deadline.']
      : []),
    ...Object.entries(ended.failedNodes).map(([nodeId, reason]) => `  ${nodeId}  ${reason}`),
  ].join('\n');
};

const promote = async (input: PromoteInput, session: Session): Promise<ExitCode> => {
  const context = await session.connect();
  const { stores, audit } = context;
  const { io, screen } = session;
  const artifact = await findArtifact(stores.artifacts, input.model);
  if (artifact.kind !== 'model')
    throw new PermanentError(
      `${input.model} is of kind ${artifact.kind}: only models are promoted (\`drover events put DatasetPublished\` sends NPZ)`,
    );
  if (!artifact.storeReplica)
    throw new PermanentError(`${input.model} has no verified copy in the store: publish it again first`);
  const minVerified = input.minVerified === undefined ? {} : { minVerified: input.minVerified };
  const plan = await explainDistribution(
    { deliveries: stores.deliveries, artifacts: stores.artifacts, nodes: stores.nodes, clock: io.clock },
    artifact,
    { trigger: { type: 'promotion' }, ...minVerified },
    distributionPolicySchema.parse({}),
  );
  screen.note(describePlan(screen, artifact, plan, input.minVerified));
  if (io.interactive && !screen.json && !input.yes && !(await io.confirm('Promote it?'))) {
    screen.show({ promoted: false, plan }, () => 'Nothing was promoted.');
    return EXIT.failed;
  }
  const { artifactId, name, version } = artifact;
  const event = {
    name: 'ModelPromoted' as const,
    eventId: io.ids.uuid(),
    occurredAt: toTimestamp(io.clock.now()),
    fields: { artifactId, ...minVerified },
  };
  await stores.publisher.publish([event]);
  await audit({
    subject: `artifact:${artifactId}`,
    action: 'promote-model',
    reason: 'promoted by an operator',
    evidence: { name, version, eventId: event.eventId, ...minVerified },
  });
  const promoted = { promoted: true, artifactId, name, version, eventId: event.eventId, plan };
  if (!input.wait) {
    screen.show(
      promoted,
      () =>
        `Promoted ${name}@${version}. Watch it: drover distributions list, drover artifacts wait ${name}@${version} --min ${plan.requiredVerified}`,
    );
    return EXIT.ok;
  }
  const ended = await waitForEnd(context, session, artifactId, event.eventId, input.timeout);
  screen.show({ ...promoted, distribution: ended }, () => describeEnd(screen, event.eventId, ended));
  return ended?.state === 'completed' ? EXIT.ok : EXIT.failed;
};

const addModelCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('models').description('Which model is the one to use');
  defineCommand(group, host, {
    usage: 'promote <model>',
    description: 'Make a published model the current one: it goes to every eligible node',
    options: [
      {
        flags: '--min-verified <count>',
        description: 'complete at so many verified nodes (default: 10, or all if fewer)',
      },
      { flags: '--yes', description: 'do not ask' },
      { flags: '--wait', description: 'until the distribution ends; exit code 0 when it completed' },
      { flags: '--timeout <duration>', description: 'how long --wait waits', default: '600' },
    ],
    input: promoteSchema,
    examples: [
      'drover models promote hex8_2p@12',
      'drover models promote hex8_2p@12 --min-verified 3 --yes --wait',
    ],
    run: promote,
  });
};

export { addModelCommands };
