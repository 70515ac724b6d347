import { CommandFailure } from '../commands/command-failure.ts';
import { type ArgumentVector, describeEnd, runProgram } from './run-program.ts';

/** Of its output nothing is read; a program that prints without end is in trouble. */
const OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs the user's own last steps before the node is given up, such as saving what only a program knows of.
 * @throws CommandFailure `hook-failed` unless it exits with 0 in time; the reason of `signal` when that stopped it
 */
const runPreStopHook = async (
  hook: ArgumentVector | undefined,
  limitSeconds: number,
  signal: AbortSignal,
): Promise<void> => {
  if (hook === undefined) return;
  const end = await runProgram(hook, { limitSeconds, outputBytes: OUTPUT_BYTES, signal });
  signal.throwIfAborted();
  if (end.kind === 'exited' && end.code === 0) return;
  throw new CommandFailure(
    'hook-failed',
    `the pre-stop hook ${hook[0]} failed (${describeEnd(end)}): mend it on the node, or remove --pre-stop-hook`,
  );
};

export { runPreStopHook };
