import type { PullCommand } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import type { DataFolder } from '../disk/data-folder.ts';
import type { KeyedMutex } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { followPromotion } from './current-link.ts';

type VerifiedFile = NonNullable<Extract<CommandResult, { outcome: 'succeeded' }>['file']>;

interface LinkTools {
  readonly folder: DataFolder;
  readonly linkMutex: KeyedMutex;
  readonly timing: Timing;
}

/** What a `pull` or `verify` ends with, once the bytes on disk are the artifact: `current` follows when asked to, and the answer. */
const concludeFile = async (
  command: Pick<PullCommand, 'artifactId' | 'kind' | 'name' | 'version' | 'bytes' | 'path' | 'current'>,
  { folder, linkMutex, timing }: LinkTools,
  transferredBytes: number,
  startedAt: number,
): Promise<VerifiedFile> => {
  const followed =
    command.current === undefined
      ? undefined
      : await followPromotion(folder, linkMutex, command, command.current.promotedAt);
  return {
    artifactId: command.artifactId,
    bytes: command.bytes,
    path: command.path,
    transferredBytes,
    durationSeconds: Math.max(0, (timing.now().getTime() - startedAt) / 1000),
    ...(followed === undefined ? {} : { currentPromotedAt: followed }),
  };
};

export type { VerifiedFile };
export { concludeFile };
