import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import { assertNever } from '../../lib/errors.ts';
import type { ConfigurationKeeper } from '../configuration/configuration-keeper.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import { hasCode, syncFolder } from '../disk/durable-file.ts';
import { hashFile } from '../disk/hash-file.ts';
import type { BringTools } from '../flush/bring-file.ts';
import { assertLinkable } from '../pull/current-link.ts';
import { type PullTools, pullArtifact } from '../pull/pull-artifact.ts';
import { resolveInside } from '../pull/resolve-inside.ts';
import { concludeFile, type VerifiedFile } from '../pull/verified-file.ts';
import { pushArtifact } from '../push/push-artifact.ts';
import type { Semaphore } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import type { WorkKeeper } from '../work/work-keeper.ts';
import { CommandFailure } from './command-failure.ts';
import { type DrainTools, drainNode } from './drain-node.ts';
import { activeDrain } from './drain-state.ts';
import type { Journal } from './journal.ts';
import type { TransferStreak } from './transfer-streak.ts';

interface ExecuteTools {
  readonly pull: PullTools;
  readonly bring: BringTools;
  readonly journal: Journal;
  readonly configuration: ConfigurationKeeper;
  readonly transfers: Semaphore;
  readonly streak: TransferStreak;
  readonly stored: StoredArtifacts;
  readonly drain: DrainTools;
  readonly work: Pick<WorkKeeper, 'run' | 'cancel'>;
  /** What this node holds, or what it looks at, changed. */
  readonly afterChange: () => void;
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

type Success = Pick<Extract<CommandResult, { outcome: 'succeeded' }>, 'file' | 'drain' | 'configDigest'>;
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

const resume = async (command: CommandOf<'resume'>, { journal }: ExecuteTools): Promise<Success> => {
  if (command.epoch > journal.resumedEpoch) await journal.resumed(command.epoch);
  return { drain: { drainId: command.drainId, epoch: command.epoch } };
};

const configure = async (
  command: CommandOf<'configure'>,
  { configuration, afterChange }: ExecuteTools,
): Promise<Success> => {
  const before = configuration.current?.digest;
  const configDigest = await configuration.apply(command);
  if (configDigest !== before) afterChange();
  return { configDigest };
};

const pull = async (
  command: CommandOf<'pull'>,
  tools: ExecuteTools,
  execution: Execution,
): Promise<Success> =>
  await tools.transfers.run(async () => {
    execution.signal.throwIfAborted();
    refuseWhileDraining(tools, command);
    const { signal, onActivity, onProgress } = execution;
    const file = await tools.streak.run(
      signal,
      async () => await pullArtifact(command, tools.pull, signal, onActivity, onProgress),
    );
    await tools.stored.stored(file.artifactId, file.bytes);
    return { file };
  });

/** Whatever came after the drain was journalled: an acknowledgement promises that nothing begins. */
const refuseWhileDraining = ({ journal, timing }: ExecuteTools, { type }: Command): void => {
  if (activeDrain(journal, timing.now()) === undefined) return;
  throw new CommandFailure('draining', `this node drains: it does no ${type}`);
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
      return await pull(command, tools, execution);
    case 'push':
      refuseWhileDraining(tools, command);
      await pushArtifact(command, tools.bring, execution);
      return {};
    case 'verify':
      return await tools.checks.run(async () => {
        refuseWhileDraining(tools, command);
        const file = await verifyArtifact(command, tools.pull, execution);
        await tools.stored.stored(file.artifactId, file.bytes);
        return { file };
      });
    case 'delete':
      return await tools.checks.run(async () => {
        refuseWhileDraining(tools, command);
        await deleteArtifact(command, tools.pull, execution);
        return {};
      });
    case 'flush':
      refuseWhileDraining(tools, command);
      await tools.drain.flush(execution);
      tools.afterChange();
      return {};
    case 'drain':
      return { drain: await drainNode(command, tools.drain, execution) };
    case 'resume':
      return await resume(command, tools);
    case 'configure':
      return await configure(command, tools);
    case 'run':
      await tools.work.run(command, execution.signal);
      return {};
    case 'cancel':
      await tools.work.cancel(command);
      return {};
    default:
      return assertNever(command);
  }
};

export type { ExecuteTools, Execution, Success };
export { executeCommand };
