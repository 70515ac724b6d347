import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { endDrain } from '../../lib/idle/end-drain.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import type { Node } from '../../lib/nodes/node.ts';
import type { Session } from '../context.ts';
import { findNode } from '../find-node.ts';

const resumeInputSchema = z.object({ id: nodeIdSchema, reason: z.string().min(1).max(500) });

/** A heartbeat every 30 s can come between the read and the write. */
const MAX_TRIES = 4;

const drainOf = ({ nodeId, lifecycle, drain, termination }: Node) => {
  if (lifecycle === 'draining' && drain !== undefined) return drain;
  if (lifecycle !== 'terminating') throw new PermanentError(`${nodeId} does not drain, it is ${lifecycle}`);
  const isFinal = termination?.forcedBy !== undefined || termination?.acceptedAt !== undefined;
  throw new PermanentError(
    isFinal
      ? `${nodeId} is terminating: that cannot be taken back`
      : `${nodeId} is terminating: until its provider accepts its end, \`drover protect ${nodeId} --for 1h --reason …\` gives it back`,
  );
};

/** Ends a drain: the node works again, and its idle clock starts anew. */
const resumeNode = async (input: z.infer<typeof resumeInputSchema>, session: Session): Promise<void> => {
  const { stores, caller, audit } = await session.connect();
  const { io, screen } = session;
  const { drainId } = drainOf(await findNode(stores.nodes, input.id));
  await audit({
    subject: `node:${input.id}`,
    action: 'resume-node',
    reason: input.reason,
    evidence: { drainId },
  });
  const ports = { ...stores, clock: io.clock, actor: (await caller()).arn };
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const node = await findNode(stores.nodes, input.id);
    if (drainOf(node).drainId !== drainId)
      throw new PermanentError(`${input.id} drains anew meanwhile: look at it and try again`);
    if (!(await endDrain(ports, node, 'resumed-by-operator', []))) continue;
    screen.show({ nodeId: input.id, resumed: true, drainId }, () =>
      [
        `${input.id} is active again and its idle time starts anew.`,
        `Keep it for longer: drover protect ${input.id} --for 4h --reason "…"`,
      ].join('\n'),
    );
    return;
  }
  throw new PermanentError(`${input.id} changed ${MAX_TRIES} times meanwhile: try again`);
};

export { resumeInputSchema, resumeNode };
