import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { throwCollected } from '../collected-errors.ts';
import { TransientError } from '../errors.ts';
import { runLimited } from '../run-limited.ts';
import { type Clock, toTimestamp } from '../time.ts';
import { copiesKey } from './decide-recount.ts';
import type { ReplicationConfig } from './replication-config.ts';
import { copiesPolicyOf } from './replication-policy.ts';
import type { ReplicationStore } from './replication-store.ts';

const PARALLEL_MARKS = 16;
/** More than one run can list. */
const MAX_ARTIFACTS = 10_000_000;

interface RecountPorts {
  readonly artifacts: Pick<ArtifactStore, 'list' | 'markChanged'>;
  readonly records: Pick<ReplicationStore, 'report' | 'putReport' | 'recounted' | 'putRecounted'>;
  readonly clock: Clock;
}

/**
 * Has the next cycles look at every artifact that is to have copies beside the one in the store, or that lacks that one, and corrects how
 * many there are. An operator's act, by hand or with each change of the policy: it reads everything, which no function may. That it was
 * done is written last, and only if no other recount ended meanwhile, which may have been of other settings.
 * @throws TransientError when not every artifact could be marked
 */
const recount = async (
  { artifacts, records, clock }: RecountPorts,
  config: ReplicationConfig,
): Promise<{ readonly total: number; readonly marked: number }> => {
  const before = await records.recounted();
  const all = await artifacts.list({ limit: MAX_ARTIFACTS });
  const wanting = all.filter(
    (artifact) =>
      artifact.storeReplica === undefined || copiesPolicyOf(config, artifact).targetNodeCopies > 0,
  );
  const errors = await runLimited(wanting, PARALLEL_MARKS, async ({ artifactId }) => {
    await artifacts.markChanged(artifactId);
  });
  throwCollected(errors, 'not every artifact could be marked; run it again');
  const report = await records.report();
  if (report !== undefined) await records.putReport({ ...report, total: all.length }, report.revision);
  const done = { copies: copiesKey(config), at: toTimestamp(clock.now()) };
  if (!(await records.putRecounted(done, before?.revision)))
    throw new TransientError('another recount ended meanwhile; run it again');
  return { total: all.length, marked: wanting.length };
};

export type { RecountPorts };
export { recount };
