import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { type Artifact, artifactPath, segmentSchema } from '../../lib/artifacts/artifact.ts';
import { artifactIdSchema } from '../../lib/ids.ts';
import { timestampSchema } from '../../lib/time.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import type { DataFolder } from '../disk/data-folder.ts';
import { readJsonFile, syncFolder, writeFileAtomic } from '../disk/durable-file.ts';
import type { KeyedMutex } from '../semaphore.ts';

const promotionSchema = z.object({
  version: segmentSchema,
  artifactId: artifactIdSchema,
  promotedAt: timestampSchema,
});
type Promotion = z.infer<typeof promotionSchema>;

type LinkTarget = Pick<Artifact, 'kind' | 'name' | 'version' | 'artifactId'>;

/** Promotions have one order on every node: by time, and by artifact when the times are equal. */
const isOlder = (candidate: Promotion, known: Promotion): boolean =>
  candidate.promotedAt < known.promotedAt ||
  (candidate.promotedAt === known.promotedAt && candidate.artifactId < known.artifactId);

const versionFolder = (target: LinkTarget): string => dirname(artifactPath({ ...target, fileName: 'any' }));

/** @throws CommandFailure when `path` lies where `current` would not show it */
const assertLinkable = (target: LinkTarget, path: string): void => {
  if (dirname(path) === versionFolder(target)) return;
  throw new CommandFailure(
    'invalid-command',
    `the current link needs the file in ${versionFolder(target)}/, and its path is ${path}`,
  );
};

/**
 * Points `<kind folder>/<name>/current` at the version, unless a later promotion did already.
 * Returns the promotion that the link follows now.
 */
const followPromotion = async (
  folder: DataFolder,
  mutex: KeyedMutex,
  target: LinkTarget,
  promotedAt: string,
): Promise<string> =>
  await mutex.run(`${target.kind}/${target.name}`, async () => {
    const memory = join(folder.current, target.kind, `${target.name}.json`);
    const candidate = { version: target.version, artifactId: target.artifactId, promotedAt };
    const known = await readJsonFile(memory, promotionSchema);
    if (known !== undefined && isOlder(candidate, known)) return known.promotedAt;
    await mkdir(dirname(memory), { recursive: true });
    // Remembered before the link moves: a crash in between is mended by the repeat of this promotion,
    // and an older one can never slip in.
    await writeFileAtomic(memory, JSON.stringify(candidate));
    const versionPath = join(folder.root, versionFolder(target));
    const nameFolder = dirname(versionPath);
    const link = join(nameFolder, 'current');
    const fresh = join(nameFolder, '.current.new');
    await rm(fresh, { force: true });
    await symlink(basename(versionPath), fresh);
    await rename(fresh, link);
    await syncFolder(nameFolder);
    return promotedAt;
  });

export { assertLinkable, followPromotion };
