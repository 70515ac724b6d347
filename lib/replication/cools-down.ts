import type { ReplicaMark } from '../artifacts/replica-mark.ts';
import { toTimestamp } from '../time.ts';

/**
 * Whether `dueAt` still has to be waited for. When the copies changed since and the store lacks it, only the cooldown of a push is: the
 * time was set for an artifact that was safe, or that no holder could bring.
 */
const coolsDown = (
  mark: ReplicaMark | undefined,
  inStore: boolean,
  now: Date,
): mark is ReplicaMark & { readonly dueAt: string } =>
  mark?.dueAt !== undefined &&
  mark.dueAt > toTimestamp(now) &&
  (inStore || mark.state !== 'changed' || mark.pushBegun === true);

export { coolsDown };
