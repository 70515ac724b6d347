import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { askMayLose } from '../../lib/idle/step-draining.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { waiveData } from '../../lib/nodes/waive-data.ts';
import { askFirst } from '../ask-first.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';
import { findNode } from '../find-node.ts';
import { idleReadsOf } from '../idle-reads.ts';
import { formatBytes } from '../output/bytes.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { describeData } from './describe-data.ts';

const waiveInputSchema = z.object({
  id: nodeIdSchema,
  reason: z.string().min(1).max(500),
  for: durationSchema,
  yes: z.boolean().default(false),
});

const waiveNodeData = async (input: z.infer<typeof waiveInputSchema>, session: Session): Promise<void> => {
  const context = await session.connect();
  const { stores, caller } = context;
  const { io, screen } = session;
  const node = await findNode(stores.nodes, input.id);
  const mayLose = await askMayLose(idleReadsOf(context, session, node.provider), node);
  if (mayLose === undefined || mayLose.unclaimed === 'unknown')
    throw new PermanentError(
      `it is not known which files of ${input.id} no artifact claims, so there is nothing to waive: its agent lists them with its next inventory`,
    );
  const { count, bytes } = mayLose.unclaimed;
  if (count === 0) throw new PermanentError(`${input.id} has no unclaimed files: there is nothing to waive`);
  for (const line of describeData(screen, node, mayLose)) screen.note(line);
  const files = `${count} unclaimed files (${formatBytes(bytes)})`;
  await askFirst(session, `May the ${files} go with ${input.id}? No copy of them is kept.`, input.yes);
  const waiver = await waiveData(
    { nodes: stores.nodes, audit: stores.audit, clock: io.clock, ids: io.ids },
    {
      nodeId: input.id,
      waivedBy: (await caller()).arn,
      reason: input.reason,
      ttlSeconds: input.for,
      seen: { count, bytes },
    },
  );
  screen.show(
    { nodeId: input.id, waiver },
    () =>
      `Waived until ${formatTimestamp(waiver.expiresAt)}: ${files} of ${input.id} do not keep it any more. One more file or byte voids it.`,
  );
};

export { waiveInputSchema, waiveNodeData };
