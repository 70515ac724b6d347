import { link, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FailureClass } from '../../lib/commands/command-result.ts';
import { syncFolder, writeFileAtomic } from '../disk/durable-file.ts';

/** What it was to become: the artifact of a command, or what was put on this node. */
type QuarantineSubject =
  | { readonly artifactId: string; readonly commandId: string }
  | { readonly putId: string };

type QuarantineReason = QuarantineSubject & {
  readonly class: FailureClass;
  readonly message: string;
  /** Where the bytes were to go, relative to the data root; of what was put where it was, absolute. */
  readonly path: string;
  readonly at: Date;
};

/**
 * Puts `file` into `<quarantine>/<artifactId>-<time>/` (`put-<putId>-<time>/`), with `reason.json` beside it. `move` takes it away; `link` leaves the name
 * where it is, for a file that is about to be replaced. Returns the folder.
 */
const quarantineFile = async (
  quarantine: string,
  file: string,
  reason: QuarantineReason,
  how: 'move' | 'link' = 'move',
): Promise<string> => {
  const time = reason.at.toISOString().replaceAll(/[:.]/g, '-');
  const subject = 'artifactId' in reason ? reason.artifactId : `put-${reason.putId}`;
  const folder = join(quarantine, `${subject}-${time}`);
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
