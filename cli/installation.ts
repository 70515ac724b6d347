import { dirname, join, resolve } from 'node:path';
import { NotConnectedError } from './exit.ts';
import type { CliIo } from './io.ts';
import type { Profile } from './profile.ts';
import { profilesPath, readProfile, readProfiles } from './profile-files.ts';

interface InstallationFlags {
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
}

/** Which installation a command talks to, and how that was decided. */
interface Installation {
  readonly profile: Profile;
  readonly source: string;
}

/** Reads the outputs of a stack that no profile describes yet. */
type LookUpStack = (target: { endpoint: string; stage: string; region: string }) => Promise<Profile>;

/** The stage and region of an embedded cloud unless said otherwise. */
const LOCAL_STAGE = 'local';
const LOCAL_REGION = 'us-east-1';

const isPath = (value: string): boolean => value.includes('/') || value.endsWith('.json');

const byName = async (io: CliIo, nameOrPath: string, source: string): Promise<Installation> => {
  if (isPath(nameOrPath)) {
    const path = resolve(io.workingFolder, nameOrPath);
    const profile = await readProfile(path);
    if (!profile) throw new NotConnectedError(`${source} names ${path}, and there is no such file`);
    return { profile, source: `${source} ${path}` };
  }
  const { profiles } = await readProfiles(profilesPath(io));
  const profile = profiles[nameOrPath];
  if (!profile) {
    const known = Object.keys(profiles).join(', ') || 'none yet';
    throw new NotConnectedError(
      `there is no profile "${nameOrPath}" (${source}; known: ${known}): make it with \`drover connect --stage ${nameOrPath}\``,
    );
  }
  return { profile, source: `${source} ${nameOrPath}` };
};

/** `.drover/profile.json` in this folder or the nearest one above: what `npm start` wrote. */
const nearestProfile = async (io: CliIo): Promise<Installation | undefined> => {
  for (let folder = resolve(io.workingFolder); ; folder = dirname(folder)) {
    const path = join(folder, '.drover', 'profile.json');
    const profile = await readProfile(path);
    if (profile) return { profile, source: path };
    if (folder === dirname(folder)) return undefined;
  }
};

const defaultProfile = async (io: CliIo): Promise<Installation | undefined> => {
  const path = profilesPath(io);
  const { defaultProfile: name, profiles } = await readProfiles(path);
  const profile = name === undefined ? undefined : profiles[name];
  return profile && { profile, source: `default profile ${name}` };
};

/**
 * Finds the installation: `--profile`, then DROVER_PROFILE, then `--endpoint`, then the nearest `.drover/profile.json`,
 * then the default profile. The first that is given decides; it never falls through to the next when it is broken.
 * @throws NotConnectedError with one line that says how to connect
 */
const findInstallation = async (
  io: CliIo,
  flags: InstallationFlags,
  lookUpStack: LookUpStack,
): Promise<Installation> => {
  const environmentProfile = io.environment['DROVER_PROFILE'];
  if (flags.profile) return byName(io, flags.profile, '--profile');
  if (environmentProfile) return byName(io, environmentProfile, 'DROVER_PROFILE');
  if (flags.endpoint) {
    const target = {
      endpoint: flags.endpoint,
      stage: flags.stage ?? LOCAL_STAGE,
      region: flags.region ?? LOCAL_REGION,
    };
    return { profile: await lookUpStack(target), source: `--endpoint ${flags.endpoint}` };
  }
  const found = (await nearestProfile(io)) ?? (await defaultProfile(io));
  if (found) return found;
  throw new NotConnectedError(
    'not connected to an installation: `npm start` runs one here, `drover connect --stage <stage>` finds one on AWS, `--profile <name or path>` picks one',
  );
};

export type { Installation, InstallationFlags, LookUpStack };
export { findInstallation, LOCAL_REGION, LOCAL_STAGE };
