import { assertNever } from '../errors.ts';
import type { ProviderClient } from './provider-client.ts';
import { ProviderError } from './provider-error.ts';
import type { TerminateOutcome } from './provider-port.ts';

const outcomeOf = (error: ProviderError): TerminateOutcome['outcome'] => {
  switch (error.kind) {
    case 'auth-failure':
    case 'rate-limited':
    case 'transient':
      return error.kind;
    case 'edge-blocked':
      return 'transient';
    case 'unexpected-shape':
    case 'incomplete':
      return 'unknown';
    default:
      return assertNever(error.kind);
  }
};

/**
 * Runs a termination and turns what the provider failed in into its outcome. Other errors are ours and pass. Its detail
 * may quote the provider, so the key is taken out.
 */
const asTerminateOutcome = async (
  client: ProviderClient,
  terminate: () => Promise<TerminateOutcome>,
): Promise<TerminateOutcome> => {
  try {
    const outcome = await terminate();
    return { ...outcome, detail: client.redact(outcome.detail) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return {
      outcome: outcomeOf(error),
      detail: error.message,
      ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    };
  }
};

export { asTerminateOutcome };
