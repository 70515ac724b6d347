import { randomUUID } from 'node:crypto';
import { CommandRunner } from './commands/command-runner.ts';
import { activeDrain } from './commands/drain-state.ts';
import { type ExecuteTools, executeCommand } from './commands/execute-command.ts';
import type { DrainMemory } from './commands/journal-state.ts';
import { TransferStreak } from './commands/transfer-streak.ts';
import { createDataPlaces } from './data/data-places.ts';
import { flushClaims } from './flush/flush-claims.ts';
import { UploadReports } from './flush/upload-reports.ts';
import { InventoryKeeper } from './inventory/inventory-keeper.ts';
import type { NodeTools } from './node-tools.ts';
import { runPreStopHook } from './probe/pre-stop-hook.ts';
import type { PullTools } from './pull/pull-artifact.ts';
import { TokenBucket } from './pull/token-bucket.ts';
import { createNodeQueue, createWithS3, type NodeQueue } from './queue/node-queue.ts';
import { ReceiveRounds } from './queue/receive-rounds.ts';
import { Reporter } from './reports/reporter.ts';
import { Scrubber } from './scrub/scrubber.ts';
import { KeyedMutex, Semaphore } from './semaphore.ts';
import { assembleSync, type Sync } from './sync/assemble-sync.ts';
import { createUploadCap } from './sync/upload-cap.ts';
import { assembleWork, type WorkParts } from './work/assemble-work.ts';

/** The parts of an enrolled node. */
interface NodeParts extends WorkParts {
  readonly queue: NodeQueue;
  readonly rounds: ReceiveRounds;
  readonly reporter: Reporter;
  readonly runner: CommandRunner;
  readonly inventory: InventoryKeeper;
  readonly scrubber: Scrubber;
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
    sendSome: async (bodies) => await queue.sendReports(bodies),
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
  const bring = {
    root,
    cache: hashCache,
    stored,
    reports: uploadReports,
    withS3,
    bucket: () => session.access.place.artifactBucket,
    uploads: folder.uploads,
    transfers,
    streak,
    bandwidth: createUploadCap({ provider: config.provider, configuration, bandwidth, timing }),
    timing,
    log,
  };
  const flushTools = { ...bring, ...places };
  const workParts = assembleWork(tools, { bring, reporter, isDraining: () => drain() !== undefined });
  const { work } = workParts;
  const sync = assembleSync({
    bringing: flushTools,
    configuration,
    places,
    putLog,
    held: folder.puts,
    quarantine: folder.quarantine,
    jobs: folder.jobs,
    ephemeral: config.ephemeral,
    drain,
    reporter,
    timing,
    log,
  });
  const flushMutex = new KeyedMutex();
  const executeTools: ExecuteTools = {
    pull,
    bring: flushTools,
    journal,
    configuration,
    transfers,
    streak,
    stored,
    checks: new Semaphore(1),
    afterChange: () => inventory.hurry(),
    timing,
    work,
    drain: {
      journal,
      bootId,
      receiveReturned: async () => await rounds.returned(),
      busyCommands: () => runner.busyCommandIds.length,
      transfers,
      work,
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
  const scrubber = new Scrubber({
    root,
    cache: hashCache,
    reporter,
    progressFile: folder.scrub,
    days: config.scrubDays,
    isDraining: () => drain() !== undefined,
    afterRot: () => inventory.hurry(),
    timing,
    log,
  });
  return {
    ...workParts,
    queue,
    rounds,
    reporter,
    runner,
    inventory,
    scrubber,
    uploadReports,
    transfers,
    streak,
    drain,
    sync,
  };
};

export type { NodeParts };
export { assembleNode };
