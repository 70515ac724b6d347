import type { Publisher } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import type { Node } from '../nodes/node.ts';
import { type Clock, toTimestamp } from '../time.ts';

/** Says that a second machine claims to be a live node. The same two boots are the same event, however often they try. */
const reportBootConflict = async (
  { publisher, clock }: { readonly publisher: Publisher; readonly clock: Clock },
  node: Node,
  refusedBootId: string,
  sourceAddress: string,
): Promise<void> => {
  await publisher.publish([
    {
      name: 'NodeBootConflict',
      eventId: derivedId('e', 'NodeBootConflict', node.nodeId, node.bootId, refusedBootId),
      occurredAt: toTimestamp(clock.now()),
      fields: { nodeId: node.nodeId, liveBootId: node.bootId, refusedBootId, sourceAddress },
    },
  ]);
};

export { reportBootConflict };
