import { DroverError } from '../errors.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';

type ProviderErrorKind =
  /** The key is missing, wrong, revoked, or may not do this. */
  | 'auth-failure'
  | 'rate-limited'
  /** Time-outs, 5xx, connections that break. */
  | 'transient'
  /** The API answers otherwise than it is documented: gone (410), redirected, another shape. */
  | 'unexpected-shape'
  /** Something in front of the API refused (a 403 that is not the API's JSON): no statement about the key. */
  | 'edge-blocked'
  /** Pages that do not add up to a whole list. */
  | 'incomplete';

/** A provider did not answer as needed. Says nothing about which instances exist. Never holds the key. */
class ProviderError extends DroverError {
  readonly provider: ProviderKey;
  readonly kind: ProviderErrorKind;
  /** What the provider asked us to wait, when it said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    provider: ProviderKey,
    kind: ProviderErrorKind,
    message: string,
    options?: ErrorOptions & { retryAfterSeconds?: number | undefined },
  ) {
    super(message, options);
    this.provider = provider;
    this.kind = kind;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

export type { ProviderErrorKind };
export { ProviderError };
