import type { TestNode } from './fleet.ts';
import type { Operator } from './operator.ts';
import { waitFor } from './wait-for.ts';

/** Waits until every one of `nodes` has the artifact verified in its delivery row. */
const untilVerified = async (
  { stores }: Operator,
  artifactId: string,
  nodes: readonly Pick<TestNode, 'nodeId' | 'agent'>[],
  seconds: number,
): Promise<void> => {
  let rows: unknown;
  await waitFor(
    async () => {
      const found = await stores.deliveries.listByArtifact(artifactId);
      rows = found;
      const verified = new Set(found.filter(({ state }) => state === 'verified').map(({ nodeId }) => nodeId));
      return nodes.every(({ nodeId }) => verified.has(nodeId));
    },
    seconds,
    () =>
      `${artifactId} to be verified on ${nodes.length} nodes; rows: ${JSON.stringify(rows)}; agents: ${nodes.map(({ agent }) => agent.logs()).join('\n')}`,
  );
};

export { untilVerified };
