import { spawn } from 'node:child_process';
import { CloudError } from './cloud-error.ts';

const LAST_CHARACTERS = 4000;

/**
 * Runs this Node with `args` to its end.
 * @throws CloudError with what it wrote, when it fails.
 */
const runNode = (
  args: readonly string[],
  { cwd, env, what }: { cwd: string; env: NodeJS.ProcessEnv; what: string },
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-LAST_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    // Ctrl-C in the middle leaves nothing behind.
    const endChild = (): void => void child.kill('SIGKILL');
    process.once('exit', endChild);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.removeListener('exit', endChild);
      if (code === 0) resolve();
      else reject(new CloudError(`${what} failed (${code ?? signal}):\n${output.trim()}`));
    });
  });

export { runNode };
