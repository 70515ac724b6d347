import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readBootId } from './boot-id.ts';
import { CommandRunner } from './commands/command-runner.ts';
import { activeDrain } from './commands/drain-state.ts';
import { executeCommand } from './commands/execute-command.ts';
import { Journal } from './commands/journal.ts';
import { TransferStreak } from './commands/transfer-streak.ts';
import type { Config } from './config/read-config.ts';
import { openDataFolder } from './disk/data-folder.ts';
import { keepTidy } from './disk/keep-tidy.ts';
import { acquireLock } from './disk/lock-file.ts';
import { createEnrolmentClient } from './identity/enrolment-client.ts';
import { readIdentity, writeIdentity } from './identity/identity-file.ts';
import { Session } from './identity/session.ts';
import { HashCache } from './inventory/hash-cache.ts';
import { keepInventory } from './inventory/inventory-keeper.ts';
import type { Log } from './log.ts';
import { beat } from './metrics/beat.ts';
import { createCpuMeter, readCpuTimes } from './metrics/cpu-meter.ts';
import { detectCapabilities } from './metrics/detect-capabilities.ts';
import { takeHeartbeat } from './metrics/heartbeat.ts';
import { createGpuReader } from './metrics/read-gpus.ts';
import { readXids } from './metrics/read-xids.ts';
import { countSshSessions } from './metrics/ssh-sessions.ts';
import { IdleProbe } from './probe/idle-probe.ts';
import type { PullTools } from './pull/pull-artifact.ts';
import { TokenBucket } from './pull/token-bucket.ts';
import { createNodeQueue, createWithS3 } from './queue/node-queue.ts';
import { receiveCommands } from './queue/receive-commands.ts';
import { Reporter } from './reports/reporter.ts';
import { Sequence } from './reports/sequence.ts';
import { KeyedMutex, Semaphore } from './semaphore.ts';
import { AGENT_VERSION } from './version.ts';
import type { Timing } from './wait.ts';

/** From the signal to the end of the process; what is not done by then is left to the next start. */
const SHUTDOWN_SECONDS = 10;
/** Running commands get this long to finish before they are given back. */
const FINISH_SECONDS = 3;
/** A farewell that the queue does not take must not hold up the end. */
const FAREWELL_SECONDS = 2;
const REFUSED_PAUSE_SECONDS = 60;

/**
 * Runs the agent until `stop` aborts, and then ends in order: notice, finish or give back, last heartbeat.
 * @throws PermanentError when it cannot even start: a data folder in use, a damaged identity
 */
const runAgent = async (config: Config, timing: Timing, log: Log, stop: AbortSignal): Promise<void> => {
  setMaxListeners(0, stop);
  const startedAt = timing.now().getTime();
  const folder = await openDataFolder(config.data);
  const unlock = await acquireLock(folder.lock);
  try {
    const identity = await readIdentity(folder.identity);
    const bootId = config.bootId ?? (await readBootId());
    const [journal, sequence] = await Promise.all([
      Journal.open(folder.journal, () => timing.now(), log),
      Sequence.open(folder.state, timing.now(), log),
    ]);
    const { provider, instanceId, role, labels, proc, cgroup } = config;
    const readGpus = createGpuReader();
    const session = new Session({
      client: createEnrolmentClient(config.enrolmentUrl),
      machine: {
        bootId,
        agentVersion: AGENT_VERSION,
        provider,
        instanceId,
        ...(role === undefined ? {} : { role }),
        ...(labels === undefined ? {} : { labels }),
        capabilities: await detectCapabilities(config, readGpus, timing, log, stop),
      },
      joinToken: config.joinToken,
      identity,
      saveIdentity: async (fresh) => await writeIdentity(folder.identity, fresh),
      timing,
      log,
      refusedPauseSeconds: REFUSED_PAUSE_SECONDS,
    });
    await session.enroll(stop);
    if (stop.aborted) return;

    // The end of everything: also calls that are made while the agent says goodbye stop here.
    const end = new AbortController();
    const release = new AbortController();
    for (const { signal } of [end, release]) setMaxListeners(0, signal);
    const queue = createNodeQueue(session, end.signal);
    const withS3 = createWithS3(session, end.signal);
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
    const hashCache = new HashCache(folder.root, folder.hashCache);
    await hashCache.load();
    const pull: PullTools = {
      folder,
      hashCache,
      withS3,
      minimumModelBytes: config.minimumModelBytes,
      stallSeconds: config.stallSeconds,
      bandwidth:
        config.bandwidthBytesPerSecond === undefined
          ? undefined
          : new TokenBucket(config.bandwidthBytesPerSecond, timing),
      artifactMutex: new KeyedMutex(),
      linkMutex: new KeyedMutex(),
      timing,
      log,
    };
    const transfers = new Semaphore(config.transfers);
    const streak = new TransferStreak();
    const executeTools = { pull, journal, transfers, streak, checks: new Semaphore(1), timing };
    const runner = new CommandRunner({
      execute: async (command, execution) => await executeCommand(command, executeTools, execution),
      journal,
      reporter,
      queue,
      timing,
      log,
      release: release.signal,
    });
    const nowMicroseconds = (): number => performance.now() * 1000;
    const cpuPercent = createCpuMeter(async () => await readCpuTimes({ proc, cgroup, nowMicroseconds }));
    const probe =
      config.idleProbe &&
      new IdleProbe({
        probe: config.idleProbe,
        limitSeconds: config.probeSeconds,
        everySeconds: () => everySeconds(),
        timing,
        log,
      });
    const take = async () =>
      await takeHeartbeat({
        root: folder.root,
        slots: config.slots,
        uptimeSeconds: () => (timing.now().getTime() - startedAt) / 1000,
        cpuPercent,
        readGpus,
        readXids: async (busIds) => await readXids(busIds),
        sshSessions: async () => await countSshSessions(proc),
        probe: () => probe?.verdict(stop),
        runningCommandIds: () => runner.busyCommandIds,
        activeTransfers: () => transfers.held,
        failedTransfers: () => streak.failures,
        drain: () => activeDrain(journal, timing.now()),
        log,
      });
    const everySeconds = (): number =>
      config.heartbeatSeconds ?? session.access.place.heartbeatIntervalSeconds;

    for (const command of journal.unanswered()) runner.handle(command, undefined);
    for (const result of journal.unreported()) runner.resend(result);
    const loops = [
      session.keepFresh(stop),
      receiveCommands({ queue, runner, nodeId, timing, log }, stop),
      beat({ take, reporter, everySeconds, timing, log }, stop),
      keepTidy({ folder, openCommands: () => journal.unanswered(), timing, log }, stop),
      keepInventory(
        {
          root: folder.root,
          cache: hashCache,
          reporter,
          withS3,
          place: () => session.access.place,
          drain: () => activeDrain(journal, timing.now()),
          everySeconds: config.inventorySeconds,
          timing,
          log,
        },
        stop,
      ),
    ];
    await Promise.all(loops);

    const within = async (seconds: number, work: Promise<unknown>): Promise<void> => {
      const done = new AbortController();
      const settled = work.catch((error: unknown) => log.warn('a farewell step failed', { error }));
      await Promise.race([settled.finally(() => done.abort()), timing.wait(seconds, done.signal)]);
    };
    const notice = { reason: 'sigterm' as const, deadlineSeconds: SHUTDOWN_SECONDS };
    await within(FAREWELL_SECONDS, reporter.sendOnce({ type: 'termination-notice', notice }));
    await within(FINISH_SECONDS, runner.idle());
    release.abort(new Error('the agent stops'));
    await within(FAREWELL_SECONDS, runner.idle());
    await within(
      FAREWELL_SECONDS,
      take().then((heartbeat) => reporter.sendOnce({ type: 'heartbeat', heartbeat })),
    );
    end.abort(new Error('the agent stops'));
    await journal.close();
  } finally {
    await unlock();
  }
};

export { runAgent, SHUTDOWN_SECONDS };
