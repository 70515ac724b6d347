import type { ProviderErrorKind } from './provider-error.ts';

/** An answer that came, whatever it says. */
interface ProviderAnswer {
  readonly status: number;
  /** The body as it came. May hold secrets of the account: only an error's body may be shown, redacted. */
  readonly text: string;
  /** The body parsed; undefined when it is no JSON (JSON has no undefined). */
  readonly json: unknown;
  /** From the header. */
  readonly retryAfterSeconds: number | undefined;
}

/**
 * What a status says by itself, whichever provider sent it; undefined when the API answered, be it with a refusal.
 * An adapter looks at the body's own error code first.
 * @param isApiError whether the body is an error as this API writes them
 */
const classifyStatus = (status: number, isApiError: boolean): ProviderErrorKind | undefined => {
  if (status === 429) return 'rate-limited';
  if (status === 401) return 'auth-failure';
  if (status === 403) return isApiError ? 'auth-failure' : 'edge-blocked';
  if (status === 408 || status >= 500) return 'transient';
  // 410: this part of the API is gone. 3xx (0 where fetch hides it): followed never, since it can turn POST into
  // GET or drop the key.
  if (status === 410 || status < 200 || (status >= 300 && status < 400)) return 'unexpected-shape';
  return undefined;
};

export type { ProviderAnswer };
export { classifyStatus };
