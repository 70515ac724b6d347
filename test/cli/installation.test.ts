import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NotConnectedError } from '../../cli/exit.ts';
import { findInstallation, type InstallationFlags } from '../../cli/installation.ts';
import type { Profile } from '../../cli/profile.ts';
import { profilesPath, readProfiles, writeProfiles } from '../../cli/profile-files.ts';
import { createTestIo } from './support/test-io.ts';

const profileOf = (stage: string): Profile => ({
  stage,
  region: 'us-east-1',
  eventBusName: `drover-${stage}-events`,
  enrolmentUrl: 'https://enrol.example/',
  artifactBucket: `drover-${stage}-artifacts`,
});

const writeJson = (path: string, value: unknown): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
};

/** Every place names another installation, so that the stage tells which one was taken. */
const prepare = async (places: { local: boolean; userDefault: boolean; variable: boolean }) => {
  const test = createTestIo();
  const workingFolder = join(test.folder, 'project', 'deep', 'below');
  mkdirSync(workingFolder, { recursive: true });
  if (places.local) writeJson(join(test.folder, 'project', '.drover', 'profile.json'), profileOf('nearest'));
  writeJson(join(workingFolder, 'by-path.json'), profileOf('bypath'));
  await writeProfiles(profilesPath(test.io), {
    schemaVersion: 1,
    ...(places.userDefault && { defaultProfile: 'usual' }),
    profiles: { usual: profileOf('usual'), flag: profileOf('flag'), variable: profileOf('variable') },
  });
  return {
    ...test.io,
    workingFolder,
    environment: places.variable ? { DROVER_PROFILE: 'variable' } : {},
  };
};

const everywhere = { local: true, userDefault: true, variable: true };
const lookUp = async ({ stage }: { stage: string }) => profileOf(stage);

describe('findInstallation', () => {
  it.each<[string, InstallationFlags, Parameters<typeof prepare>[0], string]>([
    [
      '--profile before everything',
      { profile: 'flag', endpoint: 'http://127.0.0.1:1', stage: 'looked' },
      everywhere,
      'flag',
    ],
    ['--profile as a path', { profile: './by-path.json' }, everywhere, 'bypath'],
    [
      'DROVER_PROFILE before --endpoint',
      { endpoint: 'http://127.0.0.1:1', stage: 'looked' },
      everywhere,
      'variable',
    ],
    [
      '--endpoint before the files',
      { endpoint: 'http://127.0.0.1:1', stage: 'looked' },
      { ...everywhere, variable: false },
      'looked',
    ],
    [
      '--endpoint alone as stage local',
      { endpoint: 'http://127.0.0.1:1' },
      { ...everywhere, variable: false },
      'local',
    ],
    ['the nearest .drover/profile.json above', {}, { ...everywhere, variable: false }, 'nearest'],
    ['the default profile last', {}, { local: false, userDefault: true, variable: false }, 'usual'],
  ])('takes %s', async (_title, flags, places, stage) => {
    const io = await prepare(places);
    const { profile } = await findInstallation(io, flags, lookUp);
    expect(profile.stage).toBe(stage);
  });

  it('says in one line how to connect when there is none', async () => {
    const io = await prepare({ local: false, userDefault: false, variable: false });
    const found = findInstallation(io, {}, lookUp);
    await expect(found).rejects.toThrow(NotConnectedError);
    await expect(found).rejects.toThrow(/^not connected.*npm start.*drover connect.*--profile[^\n]*$/);
  });

  it('never falls through a place that is given and broken', async () => {
    const io = await prepare(everywhere);
    await expect(findInstallation(io, { profile: 'gone' }, lookUp)).rejects.toThrow('no profile "gone"');
    await expect(findInstallation(io, { profile: './gone.json' }, lookUp)).rejects.toThrow(
      'there is no such file',
    );
    const local = { ...io, environment: {} };
    writeJson(join(local.workingFolder, '.drover', 'profile.json'), { stage: 'UPPER' });
    await expect(findInstallation(local, {}, lookUp)).rejects.toThrow(
      /profile\.json is not a Drover profile \(stage: /,
    );
  });
});

describe('writeProfiles', () => {
  it('keeps the file for its owner only', async () => {
    const { io } = createTestIo();
    await writeProfiles(profilesPath(io), { schemaVersion: 1, profiles: { a: profileOf('a') } });
    expect(statSync(profilesPath(io)).mode & 0o777).toBe(0o600);
    expect((await readProfiles(profilesPath(io))).profiles['a']).toEqual(profileOf('a'));
  });

  it('follows XDG_CONFIG_HOME', () => {
    const { io } = createTestIo({ environment: { XDG_CONFIG_HOME: '/etc/xdg' } });
    expect(profilesPath(io)).toBe('/etc/xdg/drover/profiles.json');
  });
});
