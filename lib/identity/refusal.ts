import type { z } from 'zod';
import { PermanentError } from '../errors.ts';
import type { refusalSchema } from './enrolment.ts';

type RefusalCode = z.infer<typeof refusalSchema>['error'];

/** The HTTP status of each refusal, and whether the same call can succeed later. */
const refusals: Readonly<Record<RefusalCode, { status: number; retryable: boolean }>> = {
  'malformed-request': { status: 400, retryable: false },
  'not-found': { status: 404, retryable: false },
  'invalid-token': { status: 401, retryable: false },
  'expired-token': { status: 401, retryable: false },
  'used-token': { status: 403, retryable: false },
  'revoked-token': { status: 403, retryable: false },
  'invalid-secret': { status: 401, retryable: false },
  'node-revoked': { status: 403, retryable: false },
  'node-ended': { status: 403, retryable: false },
  'boot-id-conflict': { status: 409, retryable: true },
  'instance-already-enrolled': { status: 409, retryable: true },
  'rate-limited': { status: 429, retryable: true },
  unavailable: { status: 503, retryable: true },
};

/** A caller of the enrolment API is refused: the code and the message are its answer. */
class RefusalError extends PermanentError {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type { RefusalCode };
export { RefusalError, refusals };
