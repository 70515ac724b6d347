import type { Waiting } from './put-log.ts';

interface FlushPolicy {
  /** `ephemeral`: at once. `hybrid`: in batches. */
  readonly strategy: 'ephemeral' | 'hybrid';
  /** A batch goes when so many bytes wait, or the first of them has waited so long. */
  readonly batchBytes: number;
  readonly batchSeconds: number;
}

type FlushReason = 'nothing-waits' | 'ephemeral-node' | 'batch-full' | 'batch-old' | 'batch-fills';

interface FlushDecision {
  readonly action: 'flush' | 'wait';
  readonly reason: FlushReason;
  /** When to decide anew, if nothing is put before; undefined: when something is put. */
  readonly waitSeconds?: number;
  readonly evidence: Waiting;
}

/** 64 MB are one PUT of the largest file that needs no parts; 60 s is what the replaced system let pass between two cycles. */
const DEFAULT_BATCH = { batchBytes: 64 * 1024 * 1024, batchSeconds: 60 } as const;

/** Whether what waits in the log is to be brought into the store now. Load on this node or the fleet is no reason to wait. */
const decideFlush = (waiting: Waiting, policy: FlushPolicy, now: Date): FlushDecision => {
  const { count, bytes, oldestPutAt } = waiting;
  if (count === 0 || oldestPutAt === undefined)
    return { action: 'wait', reason: 'nothing-waits', evidence: waiting };
  if (policy.strategy === 'ephemeral')
    return { action: 'flush', reason: 'ephemeral-node', evidence: waiting };
  if (bytes >= policy.batchBytes) return { action: 'flush', reason: 'batch-full', evidence: waiting };
  // A clock that was set back must not make a batch wait for ever.
  const waitedSeconds = Math.abs(now.getTime() - new Date(oldestPutAt).getTime()) / 1000;
  if (waitedSeconds >= policy.batchSeconds)
    return { action: 'flush', reason: 'batch-old', evidence: waiting };
  return {
    action: 'wait',
    reason: 'batch-fills',
    waitSeconds: policy.batchSeconds - waitedSeconds,
    evidence: waiting,
  };
};

export type { FlushDecision, FlushPolicy, FlushReason };
export { DEFAULT_BATCH, decideFlush };
