import { PermanentError } from '../lib/errors.ts';
import type { Node } from '../lib/nodes/node.ts';
import type { NodeStore } from '../lib/nodes/node-store.ts';

/** @throws PermanentError when there is no such node */
const findNode = async (nodes: Pick<NodeStore, 'get'>, nodeId: string): Promise<Node> => {
  const node = await nodes.get(nodeId);
  if (node !== undefined) return node;
  throw new PermanentError(
    `there is no node ${nodeId}: \`drover nodes list --all\` shows those that ever were`,
  );
};

export { findNode };
