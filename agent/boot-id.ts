import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { PermanentError } from '../lib/errors.ts';

const run = promisify(execFile);

/**
 * The id of this boot of the machine: the kernel's own on Linux, derived from the time of the boot on macOS.
 * @throws PermanentError where neither can be read
 */
const readBootId = async (): Promise<string> => {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch (error) {
    if (process.platform !== 'darwin') {
      throw new PermanentError('cannot read the boot id of this machine: give one with --boot-id', {
        cause: error,
      });
    }
  }
  const { stdout } = await run('sysctl', ['-n', 'kern.boottime']);
  return createHash('sha256')
    .update(stdout.split('}')[0] ?? stdout)
    .digest('hex')
    .slice(0, 32);
};

export { readBootId };
