import type { Command } from 'commander';
import * as z from 'zod';
import { LISTED_PROVIDERS } from '../../lib/constants.ts';
import type { NodeExplanation } from '../../lib/idle/explain-node.ts';
import { loadPlan, type ProviderPlan } from '../../lib/idle/load-plan.ts';
import type { PlannedNode } from '../../lib/idle/plan-idle.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import type { ExitCode } from '../exit.ts';
import { idleReadsOf } from '../idle-reads.ts';
import type { Screen } from '../output/screen.ts';
import { formatUsd } from '../output/usd.ts';
import { type Picture, showPicture, watchOption } from '../watch.ts';

const inputSchema = z.object({
  provider: z
    .preprocess((value) => (value === 'lambda' ? 'lambda-labs' : value), z.enum(LISTED_PROVIDERS))
    .optional(),
  watch: z.boolean().default(false),
});

/** When the step that is next may come, where only time is missing. */
const endingAt = ({ node, decision, policy }: NodeExplanation): string | undefined => {
  const { drain, shadowDrain, termination } = node;
  if (decision.reason === 'drain-period')
    return drain === undefined
      ? shadowDrain?.maturesAt
      : toTimestamp(addSeconds(new Date(drain.startedAt), policy.drainPeriodSeconds));
  return decision.reason === 'backoff' || decision.reason === 'accepted'
    ? termination?.nextAttemptAt
    : undefined;
};

const describePlanned = ({ node, mode, microUsdPerHour, ...planned }: PlannedNode) => ({
  nodeId: node.nodeId,
  provider: node.provider,
  instanceId: node.instanceId,
  role: node.role,
  mode,
  microUsdPerHour,
  ...planned,
});

const describeEndingNode = (explanation: NodeExplanation) => ({
  nodeId: explanation.node.nodeId,
  provider: explanation.node.provider,
  instanceId: explanation.node.instanceId,
  role: explanation.node.role,
  mode: explanation.policy.mode,
  microUsdPerHour: explanation.microUsdPerHour,
  stage: explanation.stage,
  action: explanation.decision.action,
  reason: explanation.decision.reason,
  blockers: explanation.decision.evidence.blockers,
  at: endingAt(explanation),
});

const priceText = (microUsdPerHour: number | undefined): string =>
  microUsdPerHour === undefined ? 'unknown' : `${formatUsd(microUsdPerHour)}/h`;

const stepText = ({ action, mode }: { action: PlannedNode['action']; mode: PlannedNode['mode'] }): string => {
  if (action === 'keep') return 'kept';
  const verb = mode === 'observe' ? 'would drain' : 'drains';
  return action === 'now' ? `${verb} now` : verb;
};

const reasonText = ({ reason, heldBy }: Pick<PlannedNode, 'reason' | 'heldBy'>): string =>
  heldBy === undefined || heldBy === reason ? reason : `${reason}, then ${heldBy}`;

const render = (screen: Screen, plans: readonly ProviderPlan[]): string => {
  const ending = plans.flatMap((plan) => plan.ending.map(describeEndingNode));
  const planned = plans.flatMap((plan) => plan.planned.map(describePlanned));
  const leaving = planned.filter(({ action }) => action !== 'keep');
  const real = leaving.filter(({ mode }) => mode === 'enforce').length;
  return [
    screen.strong(
      `The next hour, if everything stays as it is: ${real} begin to drain, ${leaving.length - real} would (observed only), ${planned.length - leaving.length} are kept; ${ending.length} drain or end already.`,
    ),
    '',
    screen.table(
      ['NODE', 'PROVIDER', 'ROLE', 'PRICE', 'STEP', 'AT', 'REASON'],
      [
        ...ending.map((each) => [
          each.nodeId,
          each.provider,
          each.role,
          priceText(each.microUsdPerHour),
          each.stage === 'shadow' ? 'would drain' : each.stage,
          each.at ?? '',
          `${each.action}: ${each.reason}`,
        ]),
        ...planned.map((each) => [
          each.nodeId,
          each.provider,
          each.role,
          priceText(each.microUsdPerHour),
          stepText(each),
          each.at ?? '',
          reasonText(each),
        ]),
      ],
    ),
  ].join('\n');
};

const plan = async (input: z.infer<typeof inputSchema>, session: Session): Promise<ExitCode> => {
  const look = async (): Promise<Picture> => {
    const context = await session.connect();
    const wanted = input.provider === undefined ? LISTED_PROVIDERS : [input.provider];
    const plans = await Promise.all(
      wanted.map((provider) => loadPlan(idleReadsOf(context, session, provider))),
    );
    return {
      document: {
        at: toTimestamp(session.io.clock.now()),
        ending: plans.flatMap((each) => each.ending.map(describeEndingNode)),
        planned: plans.flatMap((each) => each.planned.map(describePlanned)),
      },
      human: () => render(session.screen, plans),
    };
  };
  return showPicture(session, input.watch, look);
};

const addIdleCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('idle').description('What idle shutdown is about to do');
  defineCommand(group, host, {
    usage: 'plan',
    description: 'What the next hour would do: nodes that drain, and why and until when the others are kept',
    options: [{ flags: '--provider <key>', description: 'only this one' }, watchOption],
    input: inputSchema,
    examples: ['drover idle plan', 'drover idle plan --provider vast --watch'],
    run: plan,
  });
};

export { addIdleCommands };
