/**
 * Why a node is kept: the closed list that decisions, audit, metrics, `drover explain` and tests share. In the order in which the
 * first that holds is *the* reason; all that hold are kept as evidence.
 */
const KEEP_REASONS = [
  'mode-off',
  'not-active',
  'revoked',
  'drain-not-over',
  'holds-unreadable',
  'frozen',
  'protected',
  'brake-unknown',
  'mass-failure',
  'listing-unsure',
  'binding-unconfirmed',
  'instance-unknown',
  'instance-not-running',
  'instance-locked',
  'exempt',
  'boot-grace',
  'heartbeat-stale',
  'zombie',
  'lease',
  'command-running',
  'transfer-running',
  'ssh-session',
  'ssh-unknown',
  'probe-busy',
  'gpu-busy',
  'gpu-unknown',
  'cpu-busy',
  'cpu-unknown',
  'criteria-changed',
  'idle-too-short',
  'too-few-samples',
  'unclaimed-unknown',
  'unclaimed-data',
  'price-unknown',
  'saving-too-small',
  'work-unreadable',
  'work-pending',
  'retention',
  'termination-gap',
  'daily-cap',
  /** Nothing else keeps it: now its waiting work is read. */
  'work-not-read',
] as const;
type KeepReason = (typeof KEEP_REASONS)[number];

type CheckValue = string | number | boolean;

/** One predicate: what is, what it is held against, and whether it lets the node go. */
interface IdleCheck {
  readonly reason: KeepReason;
  readonly verdict: 'pass' | 'block';
  /** Absent: not known. */
  readonly value?: CheckValue;
  readonly limit?: CheckValue;
  /** Since when it has been so, where that is known. */
  readonly since?: string;
}

/** Absent values are left out, so that evidence is stored as it is. */
const check = (
  reason: KeepReason,
  passes: boolean,
  value?: CheckValue,
  limit?: CheckValue,
  since?: string,
): IdleCheck => {
  // Forty of these for each node and minute: written without spreads.
  const made: { -readonly [Part in keyof IdleCheck]: IdleCheck[Part] } = {
    reason,
    verdict: passes ? 'pass' : 'block',
  };
  if (value !== undefined) made.value = value;
  if (limit !== undefined) made.limit = limit;
  if (since !== undefined) made.since = since;
  return made;
};

export type { CheckValue, IdleCheck, KeepReason };
export { check, KEEP_REASONS };
