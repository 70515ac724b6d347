import { artifactKindSchema } from '../artifacts/artifact.ts';
import type { Recounted } from './recounted.ts';
import type { ReplicationConfig } from './replication-config.ts';
import { targetsOf } from './replication-policy.ts';

interface RecountDecision {
  /** `recount`: artifacts that nobody looks at may lack copies now. `note`: none can, and these settings are those to compare with. */
  readonly action: 'recount' | 'note' | 'none';
  readonly reason: 'copies-wanted' | 'copies-changed' | 'no-copies-wanted' | 'copies-unchanged';
  readonly evidence: { readonly copies: string; readonly before: string };
}

/** All that says how many copies are wanted, so that two configurations can be compared. Of labels the order counts, of kinds it does not. */
const copiesKey = ({ minimumNodeCopies, targetNodeCopies, kinds = {}, labels = {} }: ReplicationConfig) =>
  JSON.stringify([
    minimumNodeCopies ?? 0,
    targetNodeCopies ?? 0,
    artifactKindSchema.options.flatMap((kind) => {
      const copies = kinds[kind];
      return copies === undefined ? [] : [[kind, copies.minimumNodeCopies, copies.targetNodeCopies]];
    }),
    Object.entries(labels).map(([label, copies]) => [
      label,
      copies.minimumNodeCopies,
      copies.targetNodeCopies,
    ]),
  ]);

/**
 * Whether all artifacts have to be held against the settings anew: an artifact that has what it needs is looked at no more before its
 * copies change, also when more are wanted of it.
 */
const decideRecount = (config: ReplicationConfig, recounted: Recounted | undefined): RecountDecision => {
  const copies = copiesKey(config);
  const evidence = { copies, before: recounted?.copies ?? 'never recounted' };
  if (recounted?.copies === copies) return { action: 'none', reason: 'copies-unchanged', evidence };
  if (targetsOf(config).length === 0) return { action: 'note', reason: 'no-copies-wanted', evidence };
  const reason = recounted === undefined ? 'copies-wanted' : 'copies-changed';
  return { action: 'recount', reason, evidence };
};

export type { RecountDecision };
export { copiesKey, decideRecount };
