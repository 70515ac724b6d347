import { basename, join } from 'node:path';
import type { Claim } from '../../lib/commands/node-configuration.ts';
import type { FileRules } from '../data/file-rules.ts';
import { walkFiles } from '../data/walk-files.ts';
import { FLEET_HEALTH_FILE, PRIVATE_FOLDER } from '../disk/data-folder.ts';
import { PARTIAL_NAME } from '../pull/partial-file.ts';

interface ClaimedFile {
  /** Absolute. */
  readonly path: string;
  readonly claim: Claim;
}

/** All files that a claim matches, under the data root and the other data paths. @throws when a folder cannot be read */
const claimedFiles = async function* (
  root: string,
  outsidePaths: readonly string[],
  rules: FileRules,
  signal: AbortSignal,
): AsyncGenerator<ClaimedFile> {
  const own = join(root, PRIVATE_FOLDER);
  const fleetHealth = join(root, FLEET_HEALTH_FILE);
  for (const start of [root, ...outsidePaths]) {
    const skips = (folder: string): boolean =>
      folder === own || (start !== root && folder === root) || rules.skips(folder);
    for await (const files of walkFiles(start, { skips, signal })) {
      for (const { path, bytes } of files) {
        // An empty file holds nothing that could be lost, and an unfinished one of a delivery comes again.
        if (bytes === 0 || path === fleetHealth || (start === root && PARTIAL_NAME.test(basename(path))))
          continue;
        const claim = rules.claimOf(path);
        if (claim !== undefined) yield { path, claim };
      }
    }
  }
};

export type { ClaimedFile };
export { claimedFiles };
