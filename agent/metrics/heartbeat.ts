import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { type Heartbeat, heartbeatSchema } from '../../lib/nodes/heartbeat.ts';
import type { DrainMemory } from '../commands/journal-state.ts';
import type { Log } from '../log.ts';
import { AGENT_VERSION } from '../version.ts';
import type { GpuReading } from './read-gpus.ts';

interface HeartbeatSources {
  readonly root: string;
  readonly slots: number;
  readonly uptimeSeconds: () => number;
  readonly cpuPercent: () => number | undefined;
  readonly readGpus: () => Promise<GpuReading>;
  readonly runningCommandIds: () => string[];
  readonly activeTransfers: () => number;
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

/** How this node is now. What cannot be read is absent. */
const takeHeartbeat = async (sources: HeartbeatSources): Promise<Heartbeat> => {
  const [disk, gpus] = await Promise.all([
    readDisk(sources.root).catch((error: unknown) => {
      sources.log.warn('cannot read the disk', { error });
      return undefined;
    }),
    sources.readGpus(),
  ]);
  if (gpus.kind === 'failed') sources.log.warn('nvidia-smi failed; GPUs are unknown', { error: gpus.error });
  const cpu = sources.cpuPercent();
  const drain = sources.drain();
  const transfers = sources.activeTransfers();
  return heartbeatSchema.parse({
    agentVersion: AGENT_VERSION,
    uptimeSeconds: sources.uptimeSeconds(),
    mode: drain === undefined ? 'active' : 'draining',
    ...(drain === undefined
      ? {}
      : { drain: { drainId: drain.drainId, epoch: drain.epoch, acknowledged: transfers === 0 } }),
    slots: { total: sources.slots, free: drain === undefined ? sources.slots : 0 },
    ...(disk === undefined ? {} : { disk }),
    ...(cpu === undefined ? {} : { cpuPercent: cpu }),
    memory: { totalBytes: totalmem(), usedBytes: totalmem() - freemem() },
    ...(gpus.kind === 'read' ? { gpus: gpus.gpus } : {}),
    runningCommandIds: sources.runningCommandIds().slice(0, MAX_COMMAND_IDS),
    activeTransfers: transfers,
    // Known, not assumed: this agent keeps no log of its own, so nothing of one waits for the store. Files are not counted here.
    unflushedBytes: 0,
  });
};

export type { HeartbeatSources };
export { takeHeartbeat };
