import { link, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FailureClass } from '../../lib/commands/command-result.ts';
import { syncFolder, writeFileAtomic } from '../disk/durable-file.ts';

interface QuarantineReason {
  readonly class: FailureClass;
  readonly message: string;
  readonly artifactId: string;
  /** Where the bytes were to go, relative to the data root. */
  readonly path: string;
  readonly commandId: string;
  readonly at: Date;
}

/**
 * Puts `file` into `<quarantine>/<artifactId>-<time>/`, with `reason.json` beside it. `move` takes it away; `link` leaves the name
 * where it is, for a file that is about to be replaced. Returns the folder.
 */
const quarantineFile = async (
  quarantine: string,
  file: string,
  reason: QuarantineReason,
  how: 'move' | 'link' = 'move',
): Promise<string> => {
  const time = reason.at.toISOString().replaceAll(/[:.]/g, '-');
  const folder = join(quarantine, `${reason.artifactId}-${time}`);
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(
    join(folder, 'reason.json'),
    `${JSON.stringify({ ...reason, at: reason.at.toISOString() }, undefined, 2)}\n`,
    0o644,
  );
  await (how === 'move' ? rename : link)(file, join(folder, basename(file)));
  await syncFolder(folder);
  return folder;
};

export type { QuarantineReason };
export { quarantineFile };
