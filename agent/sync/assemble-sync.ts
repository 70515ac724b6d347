import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { DrainMemory } from '../commands/journal-state.ts';
import type { ConfigurationKeeper } from '../configuration/configuration-keeper.ts';
import type { DataPlaces } from '../data/data-places.ts';
import { isWithin } from '../data/file-globs.ts';
import { plainFileName } from '../flush/artifact-of.ts';
import { type BringTools, bringFile, type Flushing } from '../flush/bring-file.ts';
import type { Log } from '../log.ts';
import type { Reporter } from '../reports/reporter.ts';
import type { Timing } from '../wait.ts';
import { type BringPutTools, bringPut } from './bring-put.ts';
import { DEFAULT_BATCH, type FlushPolicy } from './decide-flush.ts';
import { FolderWatch } from './folder-watch.ts';
import { lastWords } from './last-words.ts';
import { PutFlusher } from './put-flusher.ts';
import { PutIntake } from './put-intake.ts';
import type { PutLine } from './put-line.ts';
import type { PutLog } from './put-log.ts';
import { listenForPuts } from './put-socket.ts';
import { socketPlace } from './socket-path.ts';

interface SyncTools {
  readonly bringing: BringTools;
  readonly putLog: PutLog;
  /** Where the files of the log's lines are held. */
  readonly held: string;
  readonly quarantine: string;
  /** Where jobs work: in the agent's own folder. */
  readonly jobs: string;
  /** What the control plane last told this node. */
  readonly configuration: Pick<ConfigurationKeeper, 'current'>;
  readonly places: DataPlaces;
  readonly ephemeral: boolean;
  readonly drain: () => DrainMemory | undefined;
  readonly reporter: Pick<Reporter, 'sendOnce'>;
  readonly timing: Timing;
  readonly log: Log;
}

type NoticeReason = 'sigterm' | 'spot-notice';

/** What is put on this node, and its way into the store. */
interface Sync {
  readonly log: PutLog;
  /** Listens for puts and brings what is due, until `signal` aborts. `end`: of everything, also of what is on its way then. */
  keep(signal: AbortSignal, end: AbortSignal): Promise<void>;
  /** Everything that waits is in the store afterwards. @throws CommandFailure; the reason of the signal */
  flush(flushing: Flushing): Promise<void>;
  /** Nothing can be put any more while this drain lasts, and everything that was is in the store. @throws as `flush` */
  closeFor(epoch: number, flushing: Flushing): Promise<void>;
  /**
   * The machine will be gone in so many seconds: tells so, brings what fits, tells exactly what did not, and is done before that. Until then
   * whatever is put is brought at once. Never throws.
   */
  lastWords(reason: NoticeReason, deadlineSeconds: number, signal: AbortSignal): Promise<void>;
}

const assembleSync = (tools: SyncTools): Sync => {
  const {
    bringing,
    configuration,
    places,
    putLog,
    held,
    quarantine,
    jobs,
    ephemeral,
    drain,
    reporter,
    timing,
    log,
  } = tools;
  let closedEpoch = 0;
  /** A notice was heard: the machine is gone then, by this clock. */
  let goneAtMs = 0;
  const whyClosed = (): string | undefined => {
    const now = drain();
    if (now === undefined || (now.inventoryDigest === undefined && closedEpoch !== now.epoch))
      return undefined;
    return `this node is about to be given up (until ${now.drainUntil}): put it on another node, or later`;
  };
  const intake = new PutIntake({
    // What a job wrote is the job's, though its folder lies in the agent's.
    isOwn: (path) => isWithin(path, dirname(held)) && !isWithin(path, jobs),
    held,
    log: putLog,
    uuid: randomUUID,
    timing,
    whyClosed,
  });
  const bring = async (line: PutLine, flushing: Flushing): Promise<string | undefined> => {
    const as = { ...line, fileName: plainFileName(line.path) };
    const tools: BringPutTools = {
      held,
      quarantine,
      putLog,
      bring: async (path) => await bringFile(path, as, bringing, flushing),
      timing,
      log,
    };
    return await bringPut(line, tools);
  };
  const usual = ephemeral ? 'ephemeral' : 'hybrid';
  const policy = (): FlushPolicy => {
    const { strategy, batchBytes, batchSeconds } = configuration.current?.sync ?? {};
    return {
      strategy: timing.now().getTime() < goneAtMs ? 'ephemeral' : (strategy ?? usual),
      batchBytes: batchBytes ?? DEFAULT_BATCH.batchBytes,
      batchSeconds: batchSeconds ?? DEFAULT_BATCH.batchSeconds,
    };
  };
  const flusher = new PutFlusher({
    log: putLog,
    bring,
    tell: async (signal) => await bringing.reports.deliver(signal),
    letGo: async ({ putId }) => await rm(join(held, putId), { force: true }),
    policy,
    timing,
    journal: log,
  });
  const { root, cache, stored } = bringing;
  const watch = new FolderWatch({
    ...places,
    root,
    put: async (path, as, signal) => await intake.take(path, as, signal),
    isStored: async (path) => {
      const name = isWithin(path, root) ? relative(root, path) : path;
      const known = await cache.recall(name);
      // What rotted is nothing new that the store could want.
      if (known === undefined) return (await cache.recallRotten(name)) !== undefined;
      return stored.has(known.artifactId);
    },
    timing,
    log,
  });
  const sync: Sync = {
    log: putLog,
    keep: async (signal, end) => {
      const close = await listenForPuts(
        socketPlace(bringing.root, process.getuid?.() ?? 0),
        async (request) => {
          if (request.type === 'put') {
            const { path, type: _type, ...as } = request;
            return { outcome: 'taken', ...(await intake.take(path, as, signal)) };
          }
          void sync.lastWords('spot-notice', request.seconds, end);
          return { outcome: 'noted' };
        },
        log,
      ).catch((error: unknown) => {
        // Everything else that this node does is worth going on with.
        log.error('cannot listen for puts: nothing can be put on this node', { error });
        return async () => undefined;
      });
      try {
        await Promise.all([flusher.keep(signal, end), watch.keep(signal)]);
      } finally {
        await close();
      }
    },
    flush: async (flushing) => await flusher.flush(flushing),
    closeFor: async (epoch, flushing) => {
      closedEpoch = epoch;
      await intake.settled();
      await flusher.flush(flushing);
    },
    lastWords: async (reason, deadlineSeconds, signal) => {
      goneAtMs = timing.now().getTime() + deadlineSeconds * 1000;
      const words = { putLog, flusher, intake, reporter, timing, log };
      await lastWords(words, { reason, deadlineSeconds }, signal);
    },
  };
  return sync;
};

export type { NoticeReason, Sync, SyncTools };
export { assembleSync };
