import { setMaxListeners } from 'node:events';
import { assembleNode } from './assemble-node.ts';
import { readBootId } from './boot-id.ts';
import type { Config } from './config/read-config.ts';
import { openDataFolder } from './disk/data-folder.ts';
import { keepTidy } from './disk/keep-tidy.ts';
import { acquireLock } from './disk/lock-file.ts';
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
import type { Timing } from './wait.ts';

/** Of the notice, what is left for the last heartbeat. */
const LAST_BEAT_SECONDS = 3;
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
    await Promise.all(loops);

    const within = async (seconds: number, work: Promise<unknown>): Promise<void> => {
      const done = new AbortController();
      const settled = work.catch((error: unknown) => log.warn('a farewell step failed', { error }));
      await Promise.race([settled.finally(() => done.abort()), timing.wait(seconds, done.signal)]);
    };
    const wordsSeconds = Math.max(0, config.noticeSeconds - LAST_BEAT_SECONDS);
    const lastWords = sync.lastWords('sigterm', wordsSeconds, end.signal);
    const leaving = Promise.all([runner.idle(), work.leave(FINISH_SECONDS)]);
    await within(FINISH_SECONDS, leaving);
    release.abort(new Error('the agent stops'));
    await within(FAREWELL_SECONDS, leaving);
    await within(wordsSeconds, lastWords);
    await within(
      FAREWELL_SECONDS,
      take().then((heartbeat) => reporter.sendOnce({ type: 'heartbeat', heartbeat })),
    );
    end.abort(new Error('the agent stops'));
    await closeNodeState(state);
  } finally {
    await unlock();
  }
};

export { runAgent };
