import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import { assertNever } from '../../lib/errors.ts';
import { hasCode, syncFolder } from '../disk/durable-file.ts';
import { hashFile } from '../disk/hash-file.ts';
import { assertLinkable } from '../pull/current-link.ts';
import { type PullTools, pullArtifact } from '../pull/pull-artifact.ts';
import { resolveInside } from '../pull/resolve-inside.ts';
import { concludeFile, type VerifiedFile } from '../pull/verified-file.ts';
import type { Semaphore } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { CommandFailure } from './command-failure.ts';
import { activeDrain, decideDrain } from './drain-state.ts';
import type { Journal } from './journal.ts';
import type { TransferStreak } from './transfer-streak.ts';

interface ExecuteTools {
  readonly pull: PullTools;
  readonly journal: Journal;
  readonly transfers: Semaphore;
  readonly streak: TransferStreak;
  /** Reading whole files: one at a time, so that a check never starves the transfers. */
  readonly checks: Semaphore;
  readonly timing: Timing;
}

interface Execution {
  /** Aborts at the deadline or when the agent stops; the reason is what happened. */
  readonly signal: AbortSignal;
  /** Something moves: the message stays hidden. */
  readonly onActivity: () => void;
  readonly onProgress: (bytesDone: number) => void;
}

type Success = Pick<Extract<CommandResult, { outcome: 'succeeded' }>, 'file' | 'drain'>;
type CommandOf<T extends Command['type']> = Extract<Command, { type: T }>;

const verifyArtifact = async (
  command: CommandOf<'verify'>,
  tools: PullTools,
  { signal, onActivity }: Execution,
): Promise<VerifiedFile> => {
  const startedAt = tools.timing.now().getTime();
  if (command.current !== undefined) assertLinkable(command, command.path);
  const target = await resolveInside(tools.folder.root, command.path);
  const found = await hashFile(target, onActivity, signal).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new CommandFailure('not-found', `there is no ${command.path} on this node`, { cause: error });
  });
  if (found.sha256 !== command.artifactId) {
    throw new CommandFailure(
      'checksum-mismatch',
      `${command.path} has SHA-256 ${found.sha256}, not ${command.artifactId}`,
    );
  }
  await tools.hashCache.remember(command.path, command.artifactId);
  return await concludeFile({ ...command, bytes: found.bytes }, tools, 0, startedAt);
};

/** Removes the file when it is the artifact; it being gone already is as good. */
const deleteArtifact = async (
  command: CommandOf<'delete'>,
  tools: PullTools,
  { signal, onActivity }: Execution,
): Promise<void> => {
  const target = await resolveInside(tools.folder.root, command.path);
  await tools.artifactMutex.run(command.artifactId, async () => {
    const found = await hashFile(target, onActivity, signal).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (found === undefined) return;
    if (found.sha256 !== command.artifactId) {
      throw new CommandFailure(
        'checksum-mismatch',
        `${command.path} is kept: it has SHA-256 ${found.sha256}, not ${command.artifactId}`,
      );
    }
    await rm(target);
    await syncFolder(dirname(target));
    await rmdir(dirname(target)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY', 'EPERM')) throw error;
    });
  });
};

/** How often a drain looks whether the running transfers are done. */
const DRAIN_LOOK_SECONDS = 0.2;

/**
 * Journals the epoch first, so that everything received from here on is refused, then waits for what runs. An
 * acknowledgement therefore means: nothing runs here, and nothing will before `drainUntil`.
 */
const drain = async (
  command: CommandOf<'drain'>,
  tools: ExecuteTools,
  { signal, onActivity }: Execution,
): Promise<Success> => {
  const { journal, timing } = tools;
  const decision = decideDrain(journal, command, timing.now());
  if (decision.action === 'ignore') {
    throw new CommandFailure(
      'invalid-command',
      `drain ${command.drainId} (epoch ${command.epoch}) is ignored: ${decision.reason} (${decision.evidence})`,
    );
  }
  const { drainId, epoch, drainUntil } = command;
  await journal.draining({ drainId, epoch, drainUntil });
  while (tools.transfers.held > 0) {
    onActivity();
    await timing.wait(DRAIN_LOOK_SECONDS, signal);
    signal.throwIfAborted();
    if (activeDrain(journal, timing.now())?.drainId !== drainId) {
      throw new CommandFailure('interrupted', `drain ${drainId} ended before the running transfers did`);
    }
  }
  return { drain: { drainId, epoch } };
};

const resume = async (command: CommandOf<'resume'>, { journal }: ExecuteTools): Promise<Success> => {
  if (command.epoch > journal.resumedEpoch) await journal.resumed(command.epoch);
  return { drain: { drainId: command.drainId, epoch: command.epoch } };
};

/**
 * Does what `command` says.
 * @throws CommandFailure, or the reason of `execution.signal`; any other error is the disk's
 */
const executeCommand = async (
  command: Command,
  tools: ExecuteTools,
  execution: Execution,
): Promise<Success> => {
  switch (command.type) {
    case 'pull':
      return await tools.transfers.run(async () => {
        execution.signal.throwIfAborted();
        if (activeDrain(tools.journal, tools.timing.now()) !== undefined) {
          throw new CommandFailure('draining', 'this node drains: it starts no transfer');
        }
        return {
          file: await tools.streak.run(
            execution.signal,
            async () =>
              await pullArtifact(
                command,
                tools.pull,
                execution.signal,
                execution.onActivity,
                execution.onProgress,
              ),
          ),
        };
      });
    case 'verify':
      return await tools.checks.run(async () => ({
        file: await verifyArtifact(command, tools.pull, execution),
      }));
    case 'delete':
      return await tools.checks.run(async () => {
        await deleteArtifact(command, tools.pull, execution);
        return {};
      });
    case 'drain':
      return await drain(command, tools, execution);
    case 'resume':
      return await resume(command, tools);
    case 'configure':
    case 'flush':
      throw new CommandFailure('unknown-command', `this agent does not know ${command.type} yet`);
    default:
      return assertNever(command);
  }
};

export type { ExecuteTools, Execution, Success };
export { executeCommand };
