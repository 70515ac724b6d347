import type { Command } from 'commander';
import * as z from 'zod';
import { type ExplainedCheck, explainNode, type NodeExplanation } from '../../lib/idle/explain-node.ts';
import { REASON_MEANINGS } from '../../lib/idle/reason-meanings.ts';
import { wayOutOf } from '../../lib/idle/way-out.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import type { ExitCode } from '../exit.ts';
import { findNode } from '../find-node.ts';
import { idleReadsOf } from '../idle-reads.ts';
import { formatCheckValue } from '../output/check-value.ts';
import type { Screen } from '../output/screen.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { type Picture, showPicture, watchOption } from '../watch.ts';
import { describeData } from './describe-data.ts';
import { describeEnding } from './describe-ending.ts';
import { answerOf } from './explain-answer.ts';

const inputSchema = z.object({ node: nodeIdSchema, watch: z.boolean().default(false) });

const rowOf = (screen: Screen, { reason, verdict, value, limit, since, from }: ExplainedCheck): string[] => {
  const { unit } = REASON_MEANINGS[reason];
  return [
    verdict === 'pass' ? screen.good('pass') : screen.bad('block'),
    reason,
    formatCheckValue(value, unit),
    limit === undefined ? '' : formatCheckValue(limit, unit),
    since ?? '',
    from ?? '',
  ];
};

/** What a person can do about a termination that takes too long. */
const wayOut = (explanation: NodeExplanation): string | undefined =>
  explanation.stage === 'terminating' && explanation.decision.isStuck
    ? wayOutOf(explanation.node, explanation.decision.reason)
    : undefined;

/** That its provider cannot be listed: the cycle, which lists it once more before an end, ends nothing. */
const failure = ({ node, listingFailure }: NodeExplanation): string[] =>
  listingFailure === undefined
    ? []
    : [
        `${node.provider} cannot be listed since ${formatTimestamp(listingFailure.since)}: ${listingFailure.message}`,
      ];

const render = (screen: Screen, explanation: NodeExplanation, now: Date): string => {
  const { node, policy, checks, mayLose } = explanation;
  return [
    screen.strong(answerOf(explanation)),
    screen.faint(`role ${node.role}, lifecycle ${node.lifecycle}, mode of ${node.provider}: ${policy.mode}`),
    ...failure(explanation),
    ...describeEnding(node, now).map(({ text }) => text),
    ...[wayOut(explanation)].flatMap((text) =>
      text === undefined ? [] : `takes too long; the way out: ${text}`,
    ),
    '',
    screen.table(
      ['', 'REASON', 'VALUE', 'LIMIT', 'SINCE', 'SET IN'],
      checks.map((one) => rowOf(screen, one)),
    ),
    '',
    ...describeData(screen, node, mayLose),
  ].join('\n');
};

const explain = async (input: z.infer<typeof inputSchema>, session: Session): Promise<ExitCode> => {
  const look = async (): Promise<Picture> => {
    const context = await session.connect();
    const node = await findNode(context.stores.nodes, input.node);
    const explanation = await explainNode(idleReadsOf(context, session, node.provider), node);
    const { stage, decision, policy, microUsdPerHour, checks, mayLose } = explanation;
    return {
      document: {
        answer: answerOf(explanation),
        nodeId: node.nodeId,
        provider: node.provider,
        instanceId: node.instanceId,
        role: node.role,
        lifecycle: node.lifecycle,
        stage,
        action: decision.action,
        reason: decision.reason,
        blockers: decision.evidence.blockers,
        wayOut: wayOut(explanation),
        listingFailure: explanation.listingFailure,
        microUsdPerHour,
        policy,
        checks,
        mayLose: mayLose ?? 'unknown',
        dataWaiver: node.dataWaiver,
        drain: node.drain,
        endedDrain: node.endedDrain,
        shadowDrain: node.shadowDrain,
        termination: node.termination,
      },
      human: () => render(session.screen, explanation, session.io.clock.now()),
    };
  };
  return showPicture(session, input.watch, look);
};

const addExplainCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'explain <node>',
    description:
      'Why a node is kept, drains or ends: every check with its value and limit, and what it holds',
    options: [watchOption],
    input: inputSchema,
    examples: ['drover explain n-0a1b2c3d4e5f', 'drover explain n-0a1b2c3d4e5f --watch'],
    run: explain,
  });

export { addExplainCommand };
