import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { NotConnectedError } from './exit.ts';
import type { CliIo } from './io.ts';
import { type Profile, type ProfilesFile, profileSchema, profilesFileSchema } from './profile.ts';

const noSuchFile = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** Where this user's profiles are: `$XDG_CONFIG_HOME/drover/profiles.json`, else under `~/.config`. */
const profilesPath = (io: Pick<CliIo, 'environment' | 'homeFolder'>): string =>
  join(io.environment['XDG_CONFIG_HOME'] || join(io.homeFolder, '.config'), 'drover', 'profiles.json');

/** Undefined when there is no such file. @throws NotConnectedError when it is there and is not what it must be */
const readJson = async <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (noSuchFile(error)) return undefined;
    throw new NotConnectedError(`cannot read the profile ${path}: check its rights`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const detail =
      error instanceof z.ZodError
        ? error.issues.map(({ path: at, message }) => `${at.join('.') || 'file'}: ${message}`).join('; ')
        : 'it is not JSON';
    throw new NotConnectedError(
      `${path} is not a Drover profile (${detail}): write it again with \`drover connect\` or \`npm start\``,
      { cause: error },
    );
  }
};

const readProfile = (path: string): Promise<Profile | undefined> => readJson(path, profileSchema);

const readProfiles = async (path: string): Promise<ProfilesFile> =>
  (await readJson(path, profilesFileSchema)) ?? { schemaVersion: 1, profiles: {} };

/** Replaces the file in one step: a reader sees the old or the new one. Only the owner may read it. */
const writeProfiles = async (path: string, file: ProfilesFile): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(profilesFileSchema.parse(file), undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

export { noSuchFile, profilesPath, readProfile, readProfiles, writeProfiles };
