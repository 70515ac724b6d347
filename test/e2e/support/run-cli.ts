import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { profileOf, writeProfile } from '../../../local/start/write-profile.ts';
import { type Finished, startProcess } from './run-process.ts';

interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the real `drover` command against `cloud`, as a user would, to its end. */
const runCli = async (
  cloud: ReachableCloud,
  args: readonly string[],
  options: CliOptions = {},
): Promise<Finished> => {
  const folder = mkdtempSync(join(tmpdir(), 'drover-cli-'));
  const profile = join(folder, 'profile.json');
  try {
    writeProfile(profile, profileOf(cloud));
    return await startProcess(join('cli', 'bin.js'), args, {
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      env: { DROVER_PROFILE: profile, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, ...options.env },
    }).finished;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export { runCli };
