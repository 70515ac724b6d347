import type { InstanceStatus } from './instance.ts';

interface VastState {
  readonly status: InstanceStatus;
  readonly rawStatus: string;
  /** `running`: dph_total; `disk`: storage_total_cost. */
  readonly charged: 'running' | 'disk' | 'nothing' | 'unknown';
}

/** By the container's word alone (the table of providers.md 2.2). */
const words = new Map<string, Pick<VastState, 'status' | 'charged'>>([
  ['provisioning', { status: 'booting', charged: 'disk' }],
  ['created', { status: 'booting', charged: 'disk' }],
  ['loading', { status: 'booting', charged: 'disk' }],
  ['running', { status: 'running', charged: 'running' }],
  // Paused by its user: it keeps its GPU, and pays for it.
  ['frozen', { status: 'running', charged: 'running' }],
  ['rebooting', { status: 'running', charged: 'running' }],
  // The container ended, but the contract holds the GPU until cur_state says stopped.
  ['stopped', { status: 'stopping', charged: 'running' }],
  ['exited', { status: 'unhealthy', charged: 'running' }],
  // No heartbeat of the host: assume that it bills.
  ['unknown', { status: 'unhealthy', charged: 'running' }],
  // Not charged while offline, but it may come back.
  ['offline', { status: 'unhealthy', charged: 'unknown' }],
]);

/** Container words that mean "ended" once the contract's hardware is stopped. */
const ENDED: readonly string[] = ['stopped', 'exited'];

interface ContractWords {
  readonly current: string | undefined;
  readonly next: string | undefined;
}

/**
 * What Vast says in three words: the container's (`actual_status`, null while provisioning) and the contract's
 * (`cur_state`, `next_state`). Stopped by its user, outbid and expired look the same.
 */
const readVastState = (actualStatus: string | null, { current, next }: ContractWords): VastState => {
  const rawStatus = actualStatus ?? 'null';
  if (current === 'unloaded') {
    return { status: 'terminated', rawStatus: `${rawStatus}, unloaded`, charged: 'nothing' };
  }
  // The contract still holds the GPU: assume that it bills until it is unloaded.
  if (next === 'unloaded') {
    return { status: 'terminating', rawStatus: `${rawStatus}, to be unloaded`, charged: 'running' };
  }
  if (current === 'stopped' && ENDED.includes(rawStatus)) {
    return { status: 'stopped', rawStatus, charged: 'disk' };
  }
  const state = words.get(actualStatus ?? 'provisioning') ?? { status: 'unknown', charged: 'unknown' };
  return { ...state, rawStatus };
};

export type { VastState };
export { readVastState };
