import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { type Heartbeat, heartbeatSchema } from '../../lib/nodes/heartbeat.ts';
import type { DrainMemory } from '../commands/journal-state.ts';
import type { Log } from '../log.ts';
import { AGENT_VERSION } from '../version.ts';
import type { GpuReading, ReadGpus } from './read-gpus.ts';

interface HeartbeatSources {
  readonly root: string;
  readonly slots: number;
  readonly uptimeSeconds: () => number;
  readonly cpuPercent: () => Promise<number | undefined>;
  readonly readGpus: ReadGpus;
  readonly readXids: (busIds: readonly string[]) => Promise<Heartbeat['xid']>;
  readonly sshSessions: () => Promise<number | undefined>;
  /** The user's own verdict; undefined where there is no probe. */
  readonly probe: () => Heartbeat['probe'];
  readonly runningCommandIds: () => string[];
  readonly activeTransfers: () => number;
  readonly failedTransfers: () => number;
  readonly drain: () => DrainMemory | undefined;
  readonly log: Log;
}

const MAX_COMMAND_IDS = 100;

/** The disk of the data root as `df` counts it: what only root may use counts as neither used nor free. */
const readDisk = async (root: string): Promise<Heartbeat['disk']> => {
  const { blocks, bfree, bavail, bsize } = await statfs(root);
  const used = blocks - bfree;
  const usable = used + bavail;
  if (usable <= 0) return undefined;
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, usedPercent: (used / usable) * 100 };
};

/** GPUs, and what the kernel's log has of them. */
const describeGpus = async (
  { readXids, log }: HeartbeatSources,
  reading: GpuReading,
): Promise<Pick<Heartbeat, 'gpus' | 'xid'>> => {
  if (reading.kind === 'failed') log.warn('nvidia-smi failed; GPUs are unknown', { error: reading.error });
  if (reading.kind !== 'read') return {};
  const xid = reading.busIds.length === 0 ? undefined : await readXids(reading.busIds);
  return { gpus: reading.gpus, ...(xid === undefined ? {} : { xid }) };
};

const describeDrain = (drain: DrainMemory, transfers: number): Pick<Heartbeat, 'drain'> => ({
  drain: { drainId: drain.drainId, epoch: drain.epoch, acknowledged: transfers === 0 },
});

/** How this node is now. What cannot be read is absent. */
const takeHeartbeat = async (sources: HeartbeatSources): Promise<Heartbeat> => {
  const [disk, gpus, sshSessions, cpuPercent] = await Promise.all([
    readDisk(sources.root).catch((error: unknown) => {
      sources.log.warn('cannot read the disk', { error });
      return undefined;
    }),
    sources.readGpus().then((reading) => describeGpus(sources, reading)),
    sources.sshSessions(),
    sources.cpuPercent(),
  ]);
  const drain = sources.drain();
  const probe = sources.probe();
  const transfers = sources.activeTransfers();
  return heartbeatSchema.parse({
    agentVersion: AGENT_VERSION,
    uptimeSeconds: sources.uptimeSeconds(),
    mode: drain === undefined ? 'active' : 'draining',
    ...(drain === undefined ? {} : describeDrain(drain, transfers)),
    slots: { total: sources.slots, free: drain === undefined ? sources.slots : 0 },
    ...(disk === undefined ? {} : { disk }),
    ...(cpuPercent === undefined ? {} : { cpuPercent }),
    memory: { totalBytes: totalmem(), usedBytes: totalmem() - freemem() },
    ...gpus,
    ...(sshSessions === undefined ? {} : { sshSessions }),
    ...(probe === undefined ? {} : { probe }),
    runningCommandIds: sources.runningCommandIds().slice(0, MAX_COMMAND_IDS),
    activeTransfers: transfers,
    failedTransfers: sources.failedTransfers(),
    // Known, not assumed: this agent keeps no log of its own, so nothing of one waits for the store. Files are not counted here.
    unflushedBytes: 0,
  });
};

export type { HeartbeatSources };
export { takeHeartbeat };
