import { freemem, totalmem } from 'node:os';
import { type Heartbeat, heartbeatSchema } from '../../lib/nodes/heartbeat.ts';
import type { DrainMemory } from '../commands/journal-state.ts';
import { readDisk } from '../disk/read-disk.ts';
import type { Log } from '../log.ts';
import { AGENT_VERSION } from '../version.ts';
import type { GpuReading, ReadGpus } from './read-gpus.ts';

interface HeartbeatSources {
  readonly root: string;
  readonly slots: () => Heartbeat['slots'];
  readonly work: () => NonNullable<Heartbeat['work']>;
  readonly jobTemplates: () => NonNullable<Heartbeat['jobTemplates']>;
  readonly uptimeSeconds: () => number;
  readonly cpuPercent: () => Promise<number | undefined>;
  readonly readGpus: ReadGpus;
  readonly readXids: (busIds: readonly string[]) => Promise<Heartbeat['xid']>;
  readonly sshSessions: () => Promise<number | undefined>;
  /** The user's own verdict; undefined where there is no probe. */
  readonly probe: () => Promise<Heartbeat['probe']>;
  readonly runningCommandIds: () => string[];
  readonly activeTransfers: () => number;
  readonly failedTransfers: () => number;
  readonly drain: () => DrainMemory | undefined;
  readonly configDigest: () => string | undefined;
  readonly unflushedBytes: () => number | undefined;
  /** undefined: nothing that was put waits. */
  readonly oldestPutSeconds: () => number | undefined;
  readonly log: Log;
}

const MAX_COMMAND_IDS = 100;
const MAX_WORK = 256;

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

const describeDrain = ({
  drainId,
  epoch,
  drainUntil,
  inventoryDigest,
}: DrainMemory): Pick<Heartbeat, 'drain'> => ({
  drain: { drainId, epoch, drainUntil, acknowledged: inventoryDigest !== undefined },
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
  const slots = sources.slots();
  const probe = await sources.probe();
  const configDigest = sources.configDigest();
  const unflushedBytes = sources.unflushedBytes();
  const oldestPutSeconds = sources.oldestPutSeconds();
  return heartbeatSchema.parse({
    agentVersion: AGENT_VERSION,
    uptimeSeconds: sources.uptimeSeconds(),
    mode: drain === undefined ? 'active' : 'draining',
    ...(drain === undefined ? {} : describeDrain(drain)),
    slots: drain === undefined ? slots : { ...slots, free: 0 },
    work: sources.work().slice(0, MAX_WORK),
    jobTemplates: sources.jobTemplates(),
    ...(disk === undefined ? {} : { disk }),
    ...(cpuPercent === undefined ? {} : { cpuPercent }),
    memory: { totalBytes: totalmem(), usedBytes: totalmem() - freemem() },
    ...gpus,
    ...(sshSessions === undefined ? {} : { sshSessions }),
    ...(probe === undefined ? {} : { probe }),
    ...(configDigest === undefined ? {} : { configDigest }),
    runningCommandIds: sources.runningCommandIds().slice(0, MAX_COMMAND_IDS),
    activeTransfers: sources.activeTransfers(),
    failedTransfers: sources.failedTransfers(),
    ...(unflushedBytes === undefined ? {} : { unflushedBytes }),
    ...(oldestPutSeconds === undefined ? {} : { oldestPutSeconds }),
  });
};

export type { HeartbeatSources };
export { takeHeartbeat };
