import { type Phase, type SimInstance, shownUtilization } from '../instance.ts';

const STATUS: Readonly<Record<Phase, string>> = {
  booting: 'PROVISIONING',
  running: 'RUNNING',
  stopped: 'EXITED',
  preempted: 'EXITED',
  // There is no word for it: it runs, and nothing is in it.
  terminating: 'RUNNING',
  terminated: 'TERMINATED',
  gone: 'TERMINATED',
};

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  PROVISIONING: ['stop', 'terminate'],
  RUNNING: ['stop', 'restart', 'terminate'],
  EXITED: ['start', 'terminate'],
  TERMINATED: [],
};

const HOURS_PER_MONTH = 730;
const STOPPED_MICRO_USD_PER_GIGABYTE_MONTH = 200_000;

/** A stopped pod's volume; the running pod's price has its disks in it. */
const stoppedMicroUsdPerHour = (gigabytes: number): number =>
  Math.round((gigabytes * STOPPED_MICRO_USD_PER_GIGABYTE_MONTH) / HOURS_PER_MONTH);

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

const SSH_PORT = 31_544;

const runtimeOf = (instance: SimInstance, nowMs: number): unknown => {
  const { address, runningSinceMs } = instance;
  const utilization = shownUtilization(instance, nowMs);
  return {
    uptime: Math.floor((nowMs - (runningSinceMs ?? nowMs)) / 1000),
    ...(utilization !== null && { gpus: utilization.map((util) => ({ util, memoryUtil: 1 })) }),
    cpu: { util: 2 },
    memory: { util: 4 },
    ports: [{ private: 22, public: SSH_PORT, type: 'tcp', ip: address }],
  };
};

/** One pod as `GET /pods` shows it; `env` holds a secret, as it does with real ones. */
const runpodPod = (instance: SimInstance, nowMs: number): Record<string, unknown> => {
  const { id, name, phase, offer, address } = instance;
  const status = STATUS[phase];
  const isRunning = status === 'RUNNING';
  const bills = isRunning || status === 'PROVISIONING';
  return {
    id,
    name,
    image: 'runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404',
    args: '',
    disk: 40,
    ports: ['22/tcp'],
    env: { RUN: 'eval', HF_TOKEN: `secret-${id}` },
    registry: null,
    status,
    actions: ACTIONS[status],
    mounts: { persistent: { size: offer.diskGigabytes, path: '/workspace' } },
    gpu: { id: offer.type, count: offer.gpuCount },
    cloud: 'SECURE',
    dataCenterId: offer.region,
    cudaVersion: '12.8',
    ssh: {
      proxy: {
        host: 'ssh.runpod.io',
        port: 22,
        username: `${id}-6441aa01`,
        command: `ssh ${id}-6441aa01@ssh.runpod.io`,
      },
      direct:
        phase === 'running'
          ? { host: address, port: SSH_PORT, username: 'root', command: `ssh root@${address} -p ${SSH_PORT}` }
          : null,
    },
    template: null,
    cost: bills ? offer.microUsdPerHour / 1_000_000 : 0.0,
    locked: false,
    globalNetworking: { enabled: false },
    runtime: phase === 'running' ? runtimeOf(instance, nowMs) : null,
    createdAt: seconds(instance.createdAtMs),
    startedAt: isRunning ? seconds(instance.runningSinceMs ?? nowMs) : null,
    ...instance.answerFields,
  };
};

export { runpodPod, stoppedMicroUsdPerHour };
