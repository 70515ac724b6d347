import { type Lifecycle, type Node, providerSchema } from './node.ts';
import type { NodeStore } from './node-store.ts';

/** The nodes of all providers, read in batches: for functions that look at all of them every minute. Every page or an error. */
const listFleet = async (
  nodes: Pick<NodeStore, 'listByProvider'>,
  lifecycles: readonly Lifecycle[],
): Promise<Node[]> => {
  const lists = await Promise.all(
    providerSchema.out.options.map((provider) => nodes.listByProvider(provider, lifecycles)),
  );
  return lists.flat();
};

export { listFleet };
