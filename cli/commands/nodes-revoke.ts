import * as z from 'zod';
import { revokeNode } from '../../lib/identity/revoke-node.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';

const revokeInputSchema = z.object({
  id: nodeIdSchema,
  reason: z.string().min(1).max(500),
  yes: z.boolean().default(false),
});

const revokeNodeByOperator = async (
  input: z.infer<typeof revokeInputSchema>,
  session: Session,
): Promise<void> => {
  const { stores, caller } = await session.connect();
  const { io, screen } = session;
  if (
    io.interactive &&
    !screen.json &&
    !input.yes &&
    !(await io.confirm(`Revoke ${input.id}? Its agent cannot work on after that.`))
  )
    throw new UsageError('nothing was revoked');
  await revokeNode(
    {
      identity: stores.identity,
      nodes: stores.nodes,
      audit: stores.audit,
      publisher: stores.publisher,
      clock: io.clock,
    },
    { nodeId: input.id, reason: input.reason, revokedBy: (await caller()).arn },
  );
  screen.show(
    { nodeId: input.id, revoked: true, reason: input.reason },
    () => `Revoked ${input.id}: it gets no new credentials, and its reports are refused from now on.`,
  );
};

export { revokeInputSchema, revokeNodeByOperator };
