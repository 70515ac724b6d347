import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import { templateNameSchema } from '../work/job-template.ts';
import { runningWorkSchema } from '../work/work-report.ts';

/** A metric that the node could not read is absent, never 0. */
const gpuSchema = z.object({
  index: z.int().nonnegative(),
  name: z.string().optional(),
  utilizationPercent: z.number().min(0).max(100).optional(),
  memoryUsedBytes: z.int().nonnegative().optional(),
  memoryTotalBytes: z.int().nonnegative().optional(),
  temperatureCelsius: z.number().optional(),
  /** Memory errors since the last reset of the driver that ECC could not mend: data may be wrong. */
  uncorrectedEccErrors: z.int().nonnegative().optional(),
  /** The GPU runs slower because it is too hot. */
  thermalThrottled: z.boolean().optional(),
  /** No spare memory rows are left to remap bad ones to: the GPU needs to be replaced. */
  rowRemapFailed: z.boolean().optional(),
});

const diskSchema = z.object({
  totalBytes: z.int().nonnegative(),
  freeBytes: z.int().nonnegative(),
  usedPercent: z.number().min(0).max(100),
});

/** What an agent says of its node every 30 s. */
const heartbeatSchema = z.object({
  agentVersion: z.string().max(64),
  uptimeSeconds: z.number().nonnegative(),
  /** `draining` once the agent has journalled a drain; it starts nothing new then. */
  mode: z.enum(['active', 'draining']),
  drain: z
    .object({
      drainId: z.string(),
      epoch: z.int().nonnegative(),
      acknowledged: z.boolean(),
      /** Until then the agent starts nothing; absent: an agent that does not say. */
      drainUntil: timestampSchema.optional(),
    })
    .optional(),
  slots: z.object({ total: z.int().nonnegative(), free: z.int().nonnegative() }),
  /** What runs under leases: each renews its own. Absent: an agent that runs no work. */
  work: z.array(runningWorkSchema).max(256).optional(),
  /** Digests of the job templates that the node has from `fleet.yaml`; `own` for those of its own file. */
  jobTemplates: z.record(templateNameSchema, z.string().max(64)).optional(),
  disk: diskSchema.optional(),
  cpuPercent: z.number().min(0).max(100).optional(),
  memory: z.object({ totalBytes: z.int().nonnegative(), usedBytes: z.int().nonnegative() }).optional(),
  /** Absent: `nvidia-smi` is not there or failed. Empty: it answered that there is no GPU. */
  gpus: z.array(gpuSchema).max(64).optional(),
  /** Errors of the node's own GPUs that the driver wrote to the kernel log since boot; absent: the log cannot be read. */
  xid: z.object({ count: z.int().nonnegative(), lastCode: z.int().nonnegative().optional() }).optional(),
  /** Commands that keep the node busy. Not among them: `drain`, `resume` and `configure`, by which the control plane looks after it. */
  runningCommandIds: z.array(z.string()).max(100),
  activeTransfers: z.int().nonnegative(),
  /** Transfers that failed in a row; a success makes it 0. Absent: an agent that does not count them. */
  failedTransfers: z.int().nonnegative().optional(),
  /** Bytes of claimed files that the last look found and that are not in the store yet; 0 without claims; absent = unknown. */
  unflushedBytes: z.int().nonnegative().optional(),
  /** How long the oldest file that was put waits for the store, by the agent's own clock; absent: none waits, or an agent that does not say. */
  oldestPutSeconds: z.number().nonnegative().optional(),
  /** People, or their tools, that are logged in over SSH; absent = it cannot be told. */
  sshSessions: z.int().nonnegative().optional(),
  /** What the user's own probe says; absent = there is none. Whatever is not a clear "idle" is `busy`. */
  probe: z.object({ verdict: z.enum(['idle', 'busy']), detail: z.string().max(200) }).optional(),
  /** The configuration that the agent works by (`configure`); absent = none yet. */
  configDigest: z.string().max(64).optional(),
});
type Heartbeat = z.infer<typeof heartbeatSchema>;

export type { Heartbeat };
export { diskSchema, gpuSchema, heartbeatSchema };
