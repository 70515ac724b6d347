import type { Heartbeat } from '../nodes/heartbeat.ts';
import type { NodeHealthReason } from '../nodes/node-health.ts';
import type { HealthPolicy } from './health-policy.ts';

interface Problem {
  readonly reason: NodeHealthReason;
  readonly severity: 'degraded' | 'unhealthy';
}

type Gpu = NonNullable<Heartbeat['gpus']>[number];

/** Codes that a program on the GPU causes, not the GPU: NVIDIA's Xid catalogue names them "user application fault". */
const XID_OF_PROGRAMS: ReadonlySet<number> = new Set([13, 31, 43, 45, 68, 69]);
/** Memory or link is broken, or the GPU is gone: it needs a reset or a technician. */
const XID_OF_BROKEN_GPUS: ReadonlySet<number> = new Set([48, 64, 74, 79, 92, 95, 119, 120]);

const diskProblems = ({ disk }: Heartbeat, policy: HealthPolicy['disk']): Problem[] => {
  if (disk === undefined || disk.usedPercent < policy.degradedPercent) return [];
  if (disk.usedPercent >= policy.fullPercent) return [{ reason: 'disk-full', severity: 'unhealthy' }];
  const severity = disk.usedPercent >= policy.unhealthyPercent ? 'unhealthy' : 'degraded';
  return [{ reason: 'disk-filling', severity }];
};

const memoryProblems = ({ memory }: Heartbeat, policy: HealthPolicy['memory']): Problem[] => {
  if (memory === undefined || memory.totalBytes === 0) return [];
  const usedPercent = (memory.usedBytes / memory.totalBytes) * 100;
  if (usedPercent >= policy.unhealthyPercent) return [{ reason: 'memory-full', severity: 'unhealthy' }];
  return usedPercent >= policy.degradedPercent ? [{ reason: 'memory-high', severity: 'degraded' }] : [];
};

const gpuProblems = (gpu: Gpu, policy: HealthPolicy['gpu']): Problem[] => {
  const isHot = gpu.thermalThrottled === true || (gpu.temperatureCelsius ?? 0) >= policy.hotCelsius;
  return [
    ...((gpu.uncorrectedEccErrors ?? 0) > 0
      ? [{ reason: 'gpu-memory-errors', severity: 'unhealthy' } as const]
      : []),
    ...(gpu.rowRemapFailed === true
      ? [{ reason: 'gpu-row-remap-failed', severity: 'unhealthy' } as const]
      : []),
    ...(isHot ? [{ reason: 'gpu-hot', severity: 'degraded' } as const] : []),
  ];
};

const driverProblems = ({ xid }: Heartbeat): Problem[] => {
  if (xid === undefined || xid.count === 0) return [];
  if (xid.lastCode !== undefined && XID_OF_PROGRAMS.has(xid.lastCode)) return [];
  const isBroken = xid.lastCode !== undefined && XID_OF_BROKEN_GPUS.has(xid.lastCode);
  return [{ reason: 'gpu-driver-errors', severity: isBroken ? 'unhealthy' : 'degraded' }];
};

const transferProblems = ({ failedTransfers = 0 }: Heartbeat, policy: HealthPolicy): Problem[] => {
  const { degraded, unhealthy } = policy.failedTransfers;
  if (failedTransfers < degraded) return [];
  return [{ reason: 'failed-transfers', severity: failedTransfers >= unhealthy ? 'unhealthy' : 'degraded' }];
};

/** Its jobs fail again and again, whichever they are. It is given more, for one that succeeds ends the row. */
const workProblems = (failedWork: number | undefined, { degraded }: HealthPolicy['failedWork']): Problem[] =>
  (failedWork ?? 0) < degraded ? [] : [{ reason: 'failed-work', severity: 'degraded' }];

/** What the node itself says is wrong. What it does not say is no problem: it is unknown. */
const heartbeatProblems = (heartbeat: Heartbeat, policy: HealthPolicy): Problem[] => [
  ...diskProblems(heartbeat, policy.disk),
  ...memoryProblems(heartbeat, policy.memory),
  ...(heartbeat.gpus ?? []).flatMap((gpu) => gpuProblems(gpu, policy.gpu)),
  ...driverProblems(heartbeat),
  ...transferProblems(heartbeat, policy),
];

export type { Problem };
export { heartbeatProblems, workProblems };
