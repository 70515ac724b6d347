import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { assessForce, type ForceAssessment, forceTermination } from '../../lib/idle/force-termination.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { askFirst } from '../ask-first.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';
import { findNode } from '../find-node.ts';
import { idleReadsOf } from '../idle-reads.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { describeData } from './describe-data.ts';

const terminateInputSchema = z.object({
  id: nodeIdSchema,
  force: z.boolean().default(false),
  reason: z.string().min(1).max(500).optional(),
  abandonData: z.boolean().default(false),
  yes: z.boolean().default(false),
});

/** Why it was refused, and what to do. Undefined: it was not. */
const refusal = ({ node, decision }: ForceAssessment): string | undefined => {
  const { nodeId } = node;
  switch (decision.reason) {
    case 'forced':
      return undefined;
    case 'already-terminating':
      return `${nodeId} is terminating already: \`drover explain ${nodeId}\` says what it waits for`;
    case 'not-living':
      return `${nodeId} is ${node.lifecycle}: there is nothing to end`;
    case 'own-machine':
      return `${nodeId} is a machine of your own (static): switch it off yourself, and \`drover nodes revoke ${nodeId}\``;
    case 'holds-unreadable':
      return 'the holds could not be read, so nothing is ended: look at the control table';
    case 'held':
      return decision.evidence.holds
        .map(
          ({ holdId, scope, setBy, expiresAt, reason }) =>
            `${nodeId} is ${scope.startsWith('node:') ? 'protected' : `frozen (${scope})`} by ${setBy} until ${formatTimestamp(expiresAt)}: ${reason}. First: drover release ${holdId}`,
        )
        .join('; ');
    case 'data-unknown':
      return `it could not be read what ${nodeId} holds, so nothing is ended; --abandon-data ends it all the same`;
    case 'data-at-risk':
      return `data could be lost with ${nodeId} (${decision.evidence.risks.join(', ')}): put it into the object store, \`drover nodes waive-data ${nodeId}\` for unclaimed files, or accept the loss with --abandon-data`;
  }
};

/** A person's way past the drain. */
const terminateNode = async (
  input: z.infer<typeof terminateInputSchema>,
  session: Session,
): Promise<void> => {
  const context = await session.connect();
  const { stores, caller } = context;
  const { io, screen } = session;
  const node = await findNode(stores.nodes, input.id);
  if (!input.force)
    throw new UsageError(
      `idle nodes end by themselves, after a drain that loses nothing: \`drover explain ${input.id}\` says what keeps this one. --force ends it past the drain, with the work that runs on it`,
    );
  const { reason } = input;
  if (reason === undefined) throw new UsageError('--reason is needed: it goes to the audit trail');
  const ports = {
    ...idleReadsOf(context, session, node.provider),
    nodes: stores.nodes,
    audit: stores.audit,
    ids: io.ids,
  };
  const request = { nodeId: input.id, abandonsData: input.abandonData };
  const before = await assessForce(ports, request);
  const why = refusal(before);
  if (why !== undefined || before.mayLose?.safe !== true)
    for (const line of describeData(screen, before.node, before.mayLose)) screen.note(line);
  if (why !== undefined) throw new PermanentError(why);
  const loss = before.mayLose?.safe === true ? 'Nothing would be lost.' : 'The data named above is lost.';
  await askFirst(
    session,
    `End ${input.id} (${node.provider} ${node.instanceId}) past its drain? Work on it is cut off. ${loss}`,
    input.yes,
  );
  const done = await forceTermination(ports, {
    ...request,
    reason,
    forcedBy: (await caller()).arn,
  });
  const { termination } = done;
  if (termination === undefined) throw new PermanentError(refusal(done) ?? 'nothing was ended');
  screen.show({ nodeId: input.id, termination, mayLose: done.mayLose ?? 'unknown' }, () =>
    [
      `${input.id} is terminating (${termination.terminationId}): ${node.provider} is asked within a minute, and asked again until a complete listing lacks it.`,
      `Watch it: drover explain ${input.id} --watch`,
    ].join('\n'),
  );
};

export { terminateInputSchema, terminateNode };
