import { setMaxListeners } from 'node:events';
import { assembleNode } from './assemble-node.ts';
import { readBootId } from './boot-id.ts';
import type { Config } from './config/read-config.ts';
import { openDataFolder } from './disk/data-folder.ts';
import { keepTidy } from './disk/keep-tidy.ts';
import { acquireLock } from './disk/lock-file.ts';
import { farewellTimes } from './farewell-times.ts';
import { createFetchFleetHealth } from './health/fetch-fleet-health.ts';
import { keepFleetHealth } from './health/keep-fleet-health.ts';
import { createEnrolmentClient } from './identity/enrolment-client.ts';
import { readIdentity, writeIdentity } from './identity/identity-file.ts';
import { Session } from './identity/session.ts';
import type { Log } from './log.ts';
import { beat } from './metrics/beat.ts';
import { detectCapabilities } from './metrics/detect-capabilities.ts';
import { takeHeartbeat } from './metrics/heartbeat.ts';
import { createHeartbeatSources } from './metrics/heartbeat-sources.ts';
import { createGpuReader } from './metrics/read-gpus.ts';
import { closeNodeState, openNodeState } from './node-state.ts';
import { createWithS3 } from './queue/node-queue.ts';
import { receiveCommands } from './queue/receive-commands.ts';
import { AGENT_VERSION } from './version.ts';
import { type Timing, whenAborted } from './wait.ts';

const REFUSED_PAUSE_SECONDS = 60;

/**
 * Runs the agent until `stop` aborts, and then ends in order: notice, finish or give back, last heartbeat.
 * @throws PermanentError when it cannot even start: a data folder in use, a damaged identity
 */
const runAgent = async (config: Config, timing: Timing, log: Log, stop: AbortSignal): Promise<void> => {
  setMaxListeners(0, stop);
  const folder = await openDataFolder(config.data);
  const unlock = await acquireLock(folder.lock);
  try {
    const identity = await readIdentity(folder.identity);
    const bootId = config.bootId ?? (await readBootId());
    const state = await openNodeState(folder, timing, log);
    const { journal } = state;
    const { provider, instanceId, role, labels } = config;
    const readGpus = createGpuReader();
    const capabilities = await detectCapabilities(config, readGpus, timing, log, stop);
    const session = new Session({
      client: createEnrolmentClient(config.enrolmentUrl),
      machine: {
        bootId,
        agentVersion: AGENT_VERSION,
        provider,
        instanceId,
        ...(role === undefined ? {} : { role }),
        ...(labels === undefined ? {} : { labels }),
        capabilities,
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
    const { gpuCount } = capabilities;
    const signals = { release: release.signal, end: end.signal };
    const tools = { config, folder, state, session, bootId, gpuCount, timing, log, ...signals };
    const node = await assembleNode(tools);
    const withS3 = createWithS3(session, end.signal);
    const fetchFleetHealth = createFetchFleetHealth(withS3, () => session.access.place.artifactBucket);
    const { queue, rounds, reporter, runner, inventory, uploadReports, sync, work, tidyJobs } = node;
    const everySeconds = (): number =>
      config.heartbeatSeconds ?? session.access.place.heartbeatIntervalSeconds;
    const sources = createHeartbeatSources(tools, node, { readGpus, everySeconds, stop });
    const take = async () => await takeHeartbeat(sources);

    await work.resume();
    for (const command of journal.unanswered()) runner.handle(command, undefined);
    for (const result of journal.unreported()) runner.resend(result);
    const nodeId = (): string => session.access.place.nodeId;
    const loops = [
      session.keepFresh(stop),
      receiveCommands({ queue, runner, rounds, nodeId, timing, log }, stop),
      beat({ take, reporter, everySeconds, timing, log }, stop),
      keepFleetHealth({ folder, fetch: fetchFleetHealth, timing, log }, stop),
      keepTidy({ folder, openCommands: () => journal.unanswered(), tidyJobs, timing, log }, stop),
      inventory.keep(stop),
      node.scrubber.keep(stop),
      sync.keep(stop, end.signal),
      // What an earlier run brought into the store and could not say any more.
      uploadReports.deliver(stop).catch((error: unknown) => {
        if (!stop.aborted)
          log.error('cannot tell of what was uploaded; trying again with the next flush', { error });
      }),
    ];
    const times = farewellTimes(config.noticeSeconds);
    let stoppedAt = 0;
    const left = (seconds: number): number =>
      Math.max(0, seconds - (timing.now().getTime() - stoppedAt) / 1000);
    // From the first moment on: a loop that takes its time to end must not take it from the data.
    const lastWords = whenAborted(stop).then(async () => {
      stoppedAt = timing.now().getTime();
      await sync.lastWords('sigterm', config.noticeSeconds, end.signal);
    });
    await Promise.all(loops);

    /** Waits for `work`, but not longer than until so many seconds after the agent was told to stop. */
    const before = async (seconds: number, work: Promise<unknown>): Promise<void> => {
      const done = new AbortController();
      const settled = work.catch((error: unknown) => log.warn('a farewell step failed', { error }));
      await Promise.race([settled.finally(() => done.abort()), timing.wait(left(seconds), done.signal)]);
    };
    const leaving = Promise.all([runner.idle(), work.leave(left(times.finishedBy))]);
    await before(times.finishedBy, leaving);
    release.abort(new Error('the agent stops'));
    await before(times.givenBackBy, leaving);
    await before(times.broughtBy, lastWords);
    // The rest of the notice is for reports.
    const lastBeat = take().then(
      async (heartbeat) => await reporter.sendOnce({ type: 'heartbeat', heartbeat }),
    );
    await before(times.endedBy, Promise.allSettled([lastWords, lastBeat]));
    end.abort(new Error('the agent stops'));
    await closeNodeState(state);
  } finally {
    await unlock();
  }
};

export { runAgent };
