import type { Artifact } from '../artifacts/artifact.ts';
import type { PushCommand } from '../commands/command.ts';
import { artifactFields } from '../distribution/artifact-command.ts';
import { derivedId } from '../ids.ts';
import type { Repair } from './repair-ledger.ts';

/** A repair is one command: sent twice, it is the same. */
const pushCommandId = (repairId: string): string => derivedId('c', repairId);

const pushCommand = (
  artifact: Artifact,
  {
    repairId,
    nodeId,
    startedAt,
    deadlineAt,
  }: Pick<Repair, 'repairId' | 'nodeId' | 'startedAt' | 'deadlineAt'>,
): PushCommand => ({
  schemaVersion: 1,
  commandId: pushCommandId(repairId),
  nodeId,
  attempt: 1,
  issuedAt: startedAt,
  deadlineAt,
  type: 'push',
  ...artifactFields(artifact),
});

export { pushCommand, pushCommandId };
