import type { Distribution } from '../distribution/distribution.ts';

/** What became of one target. Only `verified` says that the bytes are on its disk. */
interface TargetResult {
  readonly artifactId: string;
  readonly nodeId: string;
  readonly outcome: 'verified' | 'failed' | 'skipped' | 'pending';
  /** Of those that are not verified. */
  readonly reason?: string;
}

/** What one distribution says of its targets, and of those that were named and are none. @param named undefined: every eligible node */
const describeOutcome = (
  artifactId: string,
  distribution: Distribution | undefined,
  named: readonly string[] | undefined,
): TargetResult[] => {
  if (distribution === undefined)
    return (named ?? []).map((nodeId) => ({ artifactId, nodeId, outcome: 'pending', reason: 'not started' }));
  const { targetNodeIds, verifiedNodeIds, failedNodes, skippedNodes, state } = distribution;
  const verified = new Set(verifiedNodeIds);
  const targets = targetNodeIds.map((nodeId): TargetResult => {
    if (verified.has(nodeId)) return { artifactId, nodeId, outcome: 'verified' };
    const failure = failedNodes[nodeId];
    if (failure !== undefined) return { artifactId, nodeId, outcome: 'failed', reason: failure };
    const reason = state === 'running' ? 'on its way' : 'not verified before the deadline';
    return { artifactId, nodeId, outcome: 'pending', reason };
  });
  const known = new Set(targetNodeIds);
  const skipped = Object.entries(skippedNodes).flatMap(([nodeId, reason]): TargetResult[] =>
    known.has(nodeId) ? [] : [{ artifactId, nodeId, outcome: 'skipped', reason }],
  );
  for (const { nodeId } of skipped) known.add(nodeId);
  const unknown = (named ?? [])
    .filter((nodeId) => !known.has(nodeId))
    .map(
      (nodeId): TargetResult => ({ artifactId, nodeId, outcome: 'skipped', reason: 'not live, or excluded' }),
    );
  return [...targets, ...skipped, ...unknown];
};

export type { TargetResult };
export { describeOutcome };
