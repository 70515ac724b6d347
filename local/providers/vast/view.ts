import { type Phase, type SimInstance, shownUtilization } from '../instance.ts';

interface States {
  readonly actual_status: string | null;
  readonly cur_state: string;
  readonly next_state: string;
  readonly intended_status: string;
}

const statesOf = (phase: Phase): States => {
  const all = (state: string): Omit<States, 'actual_status'> => ({
    cur_state: state,
    next_state: state,
    intended_status: state,
  });
  switch (phase) {
    case 'booting':
      // Null while it is provisioned.
      return { actual_status: null, ...all('running') };
    case 'running':
      return { actual_status: 'running', ...all('running') };
    case 'stopped':
    case 'preempted':
      return { actual_status: 'stopped', ...all('stopped') };
    case 'terminating':
      // Its container is dead, its contract still holds the GPU.
      return {
        actual_status: 'exited',
        ...all('running'),
        next_state: 'unloaded',
        intended_status: 'stopped',
      };
    case 'terminated':
    case 'gone':
      return { actual_status: 'exited', ...all('unloaded'), intended_status: 'stopped' };
  }
};

const HOURS_PER_MONTH = 720;
const dollars = (microUsd: number): number => microUsd / 1_000_000;

/** A number that belongs to this instance and stays: hosts, ports. */
const stable = (id: string, from: number, range: number): number => from + (Number(id) % range);

/** One instance as `GET /api/v1/instances/` shows it, secrets included, as with the real one. */
const vastInstance = (instance: SimInstance, nowMs: number): Record<string, unknown> => {
  const { id, name, phase, offer, address } = instance;
  const utilization = shownUtilization(instance, nowMs);
  const isRunning = phase === 'running';
  const ssh = stable(id, 10_000, 20_000);
  return {
    id: Number(id),
    ...statesOf(phase),
    label: name,
    image_uuid: 'pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime',
    image_runtype: 'ssh_direc ssh_proxy',
    extra_env: [['HF_TOKEN', `secret-${id}`]],
    jupyter_token: `secret-${id}`,
    onstart: `export WANDB_API_KEY=secret-${id}`,
    status_msg: isRunning ? 'success, running pytorch/pytorch' : null,
    public_ipaddr: `${address} `,
    ssh_host: 'ssh7.vast.ai',
    ssh_idx: '7',
    ssh_port: ssh,
    ports: isRunning ? { '22/tcp': [{ HostIp: '0.0.0.0', HostPort: String(ssh + 20_000) }] } : null,
    machine_id: stable(id, 5000, 30_000),
    host_id: stable(id, 800, 90_000),
    start_date: instance.createdAtMs / 1000,
    end_date: instance.createdAtMs / 1000 + 30 * 86_400,
    uptime_mins: null,
    gpu_name: offer.type,
    num_gpus: offer.gpuCount,
    // One number for all GPUs.
    gpu_util: isRunning && utilization !== null ? Math.max(0, ...utilization) : null,
    gpu_temp: isRunning ? 33.0 : null,
    gpu_frac: 0.5,
    gpu_ram: 24_564,
    cpu_util: isRunning ? 0.31 : 0,
    mem_usage: 3.2,
    mem_limit: 64.0,
    disk_space: offer.diskGigabytes,
    disk_usage: isRunning ? 21.4 : -1,
    is_bid: offer.interruptible,
    min_bid: dollars(Math.round(offer.microUsdPerHour / 2)),
    dph_base: dollars(offer.microUsdPerHour),
    dph_total: dollars(offer.microUsdPerHour + offer.storageMicroUsdPerHour),
    storage_cost: dollars((offer.storageMicroUsdPerHour * HOURS_PER_MONTH) / offer.diskGigabytes),
    storage_total_cost: dollars(offer.storageMicroUsdPerHour),
    geolocation: offer.region,
    country_code: 'US',
    verification: 'verified',
    reliability2: 0.9971,
    volume_info: [],
    ...instance.answerFields,
  };
};

export { vastInstance };
