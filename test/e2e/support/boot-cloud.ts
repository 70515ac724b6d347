import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cloud, type CloudOptions, startCloud } from '../../../local/cloud.ts';
import { synthesize } from '../../../local/synth.ts';

interface BootOptions extends Omit<CloudOptions, 'assemblyFolder'> {
  /** Gets `cloud.log`. */
  readonly logFolder?: string;
}

/**
 * Starts an embedded cloud of the real stack on a free port. The stack is synthesized once for the same sources; each
 * further boot takes about a second. The caller stops it.
 */
const bootCloud = async ({ logFolder, ...options }: BootOptions = {}): Promise<Cloud> => {
  const assemblyFolder = await synthesize();
  if (logFolder === undefined) return startCloud({ ...options, assemblyFolder });
  mkdirSync(logFolder, { recursive: true });
  return startCloud({
    log: (line) => appendFileSync(join(logFolder, 'cloud.log'), `${line}\n`),
    ...options,
    assemblyFolder,
  });
};

export { bootCloud };
