import { secondsSince } from '../../lib/time.ts';
import type { NodeParts } from '../assemble-node.ts';
import type { NodeTools } from '../node-tools.ts';
import { IdleProbe } from '../probe/idle-probe.ts';
import { createCpuMeter, readCpuTimes } from './cpu-meter.ts';
import type { HeartbeatSources } from './heartbeat.ts';
import type { ReadGpus } from './read-gpus.ts';
import { readXids } from './read-xids.ts';
import { countSshSessions } from './ssh-sessions.ts';

/** Where heartbeats of a running agent come from. @param stop aborts when the agent stops */
const createHeartbeatSources = (
  { config, folder, state, timing, log }: NodeTools,
  { runner, transfers, streak, inventory, drain, sync, work, slots, templates }: NodeParts,
  {
    readGpus,
    everySeconds,
    stop,
  }: {
    readonly readGpus: ReadGpus;
    readonly everySeconds: () => number;
    readonly stop: AbortSignal;
  },
): HeartbeatSources => {
  const { proc, cgroup, idleProbe, probeSeconds: limitSeconds } = config;
  const startedAt = timing.now().getTime();
  const nowMicroseconds = (): number => performance.now() * 1000;
  const probe = idleProbe && new IdleProbe({ probe: idleProbe, limitSeconds, everySeconds, timing, log });
  const cpuPercent = createCpuMeter(async () => await readCpuTimes({ proc, cgroup, nowMicroseconds }));
  // So that the first heartbeat knows how busy the node was since.
  void cpuPercent();
  return {
    root: folder.root,
    slots: () => ({ total: slots.total, free: slots.free }),
    work: () => work.running(),
    jobTemplates: () => templates.digests(),
    uptimeSeconds: () => (timing.now().getTime() - startedAt) / 1000,
    cpuPercent,
    readGpus,
    readXids: async (busIds) => await readXids(busIds),
    sshSessions: async () => await countSshSessions(proc),
    probe: async () => await probe?.verdict(stop),
    runningCommandIds: () => runner.busyCommandIds,
    activeTransfers: () => transfers.held,
    failedTransfers: () => streak.failures,
    drain,
    configDigest: () => state.configuration.current?.digest,
    unflushedBytes: () =>
      inventory.unflushedBytes === undefined ? undefined : inventory.unflushedBytes + sync.log.waiting.bytes,
    oldestPutSeconds: () => {
      const { oldestPutAt } = sync.log.waiting;
      return oldestPutAt === undefined ? undefined : Math.max(0, secondsSince(oldestPutAt, timing.now()));
    },
    log,
  };
};

export { createHeartbeatSources };
