import { randomUUID } from 'node:crypto';
import { CommandRunner } from './commands/command-runner.ts';
import { noWork } from './commands/drain-node.ts';
import { activeDrain } from './commands/drain-state.ts';
import { type ExecuteTools, executeCommand } from './commands/execute-command.ts';
import type { DrainMemory } from './commands/journal-state.ts';
import { TransferStreak } from './commands/transfer-streak.ts';
import type { Config } from './config/read-config.ts';
import { createDataPlaces } from './data/data-places.ts';
import type { DataFolder } from './disk/data-folder.ts';
import { flushClaims } from './flush/flush-claims.ts';
import { UploadReports } from './flush/upload-reports.ts';
import type { Session } from './identity/session.ts';
import { InventoryKeeper } from './inventory/inventory-keeper.ts';
import type { Log } from './log.ts';
import type { NodeState } from './node-state.ts';
import { runPreStopHook } from './probe/pre-stop-hook.ts';
import type { PullTools } from './pull/pull-artifact.ts';
import { TokenBucket } from './pull/token-bucket.ts';
import { createNodeQueue, createWithS3, type NodeQueue } from './queue/node-queue.ts';
import { ReceiveRounds } from './queue/receive-rounds.ts';
import { Reporter } from './reports/reporter.ts';
import { KeyedMutex, Semaphore } from './semaphore.ts';
import { assembleSync, type Sync } from './sync/assemble-sync.ts';
import type { Timing } from './wait.ts';

interface NodeTools {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly state: NodeState;
  readonly session: Session;
  readonly bootId: string;
  readonly timing: Timing;
  readonly log: Log;
  /** Aborts when running commands are to be given back. */
  readonly release: AbortSignal;
  /** Aborts at the end of everything, also of what is said as a farewell. */
  readonly end: AbortSignal;
}

/** The parts of an enrolled node. */
interface NodeParts {
  readonly queue: NodeQueue;
  readonly rounds: ReceiveRounds;
  readonly reporter: Reporter;
  readonly runner: CommandRunner;
  readonly inventory: InventoryKeeper;
  readonly uploadReports: UploadReports;
  readonly transfers: Semaphore;
  readonly streak: TransferStreak;
  readonly drain: () => DrainMemory | undefined;
  readonly sync: Sync;
}

const assembleNode = async (tools: NodeTools): Promise<NodeParts> => {
  const { config, folder, state, session, bootId, timing, log, release, end } = tools;
  const { journal, sequence, configuration, stored, hashCache, putLog } = state;
  const { root } = folder;
  const queue = createNodeQueue(session, end);
  const withS3 = createWithS3(session, end);
  const nodeId = (): string => session.access.place.nodeId;
  const reporter = new Reporter({
    send: async (body) => await queue.sendReport(body),
    sequence,
    nodeId,
    bootId,
    uuid: randomUUID,
    timing,
    log,
  });
  const cap = config.bandwidthBytesPerSecond;
  const bandwidth = cap === undefined ? undefined : new TokenBucket(cap, timing);
  const pull: PullTools = {
    folder,
    hashCache,
    withS3,
    minimumModelBytes: config.minimumModelBytes,
    stallSeconds: config.stallSeconds,
    bandwidth,
    artifactMutex: new KeyedMutex(),
    linkMutex: new KeyedMutex(),
    timing,
    log,
  };
  const rounds = new ReceiveRounds();
  const transfers = new Semaphore(config.transfers);
  const streak = new TransferStreak();
  const uploadReports = new UploadReports(stored, reporter);
  const places = await createDataPlaces(root, config.dataPaths, configuration);
  const drain = (): DrainMemory | undefined => activeDrain(journal, timing.now());

  const inventory = new InventoryKeeper({
    ...places,
    root,
    cache: hashCache,
    stored,
    isPut: (path) => putLog.names(path),
    enrolledAtMs: new Date(session.enrolledAt).getTime(),
    reporter,
    withS3,
    place: () => session.access.place,
    acknowledgedDrain: () => (drain()?.inventoryDigest === undefined ? undefined : drain()),
    everySeconds: config.inventorySeconds,
    timing,
    log,
  });
  const flushTools = {
    ...places,
    root,
    stored,
    reports: uploadReports,
    cache: hashCache,
    withS3,
    bucket: () => session.access.place.artifactBucket,
    uploads: folder.uploads,
    transfers,
    streak,
    bandwidth,
    timing,
    log,
  };
  const sync = assembleSync({
    bringing: flushTools,
    provider: config.provider,
    configuration,
    places,
    putLog,
    held: folder.puts,
    ephemeral: config.ephemeral,
    drain,
    reporter,
    timing,
    log,
  });
  const flushMutex = new KeyedMutex();
  const executeTools: ExecuteTools = {
    pull,
    journal,
    configuration,
    transfers,
    streak,
    stored,
    checks: new Semaphore(1),
    afterChange: () => inventory.hurry(),
    timing,
    drain: {
      journal,
      bootId,
      receiveReturned: async () => await rounds.returned(),
      busyCommands: () => runner.busyCommandIds.length,
      transfers,
      work: noWork,
      flush: async (flushing) =>
        await flushMutex.run('flush', async () => {
          await flushClaims(flushTools, flushing);
          await sync.flush(flushing);
        }),
      runHook: async (signal) => await runPreStopHook(config.preStopHook, config.preStopSeconds, signal),
      reportInventory: async (epoch, signal) => {
        // What the hook put, too.
        await sync.closeFor(epoch, { signal, onActivity: () => undefined });
        return await inventory.take(() => epoch, signal);
      },
      timing,
    },
  };
  const runner: CommandRunner = new CommandRunner({
    execute: async (command, execution) => await executeCommand(command, executeTools, execution),
    journal,
    reporter,
    queue,
    timing,
    log,
    release,
  });
  return { queue, rounds, reporter, runner, inventory, uploadReports, transfers, streak, drain, sync };
};

export type { NodeParts, NodeTools };
export { assembleNode };
