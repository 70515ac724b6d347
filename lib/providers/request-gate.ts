import type { ProviderErrorKind } from './provider-error.ts';

/** Requests that share one of the provider's rate limits. */
interface PacingBucket {
  /** Unique within the provider, e.g. `list`. */
  readonly name: string;
  /** The documented pace. 0: the provider tells it in its answers' headers only. */
  readonly minimumIntervalSeconds: number;
}

/** One window of the `RateLimit` header. */
interface Quota {
  readonly window: string;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** What one request told about the provider's state. */
interface RequestObservation {
  /** `answered`: the API itself answered, be it with a refusal. */
  readonly outcome: 'answered' | ProviderErrorKind;
  /** Absent when no answer came. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly quotas: readonly Quota[];
}

/**
 * Every request of an adapter passes here: pacing and circuit breaking that all functions share stand behind it.
 * `observe` is called exactly once after each `acquire` that resolved.
 */
interface RequestGate {
  /**
   * Resolves when a request may be sent.
   * @throws ProviderError when it may not be sent for now
   */
  acquire(bucket: PacingBucket): Promise<void>;
  observe(bucket: PacingBucket, observation: RequestObservation): Promise<void>;
}

export type { PacingBucket, Quota, RequestGate, RequestObservation };
