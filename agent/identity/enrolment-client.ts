import type { z } from 'zod';
import { ENROL_CALL_SECONDS } from '../../lib/constants.ts';
import { DroverError, PermanentError, TransientError } from '../../lib/errors.ts';
import {
  credentialsResponseSchema,
  type EnrollRequest,
  enrollResponseSchema,
  refusalSchema,
} from '../../lib/identity/enrolment.ts';

type EnrollResponse = z.infer<typeof enrollResponseSchema>;
type Credentials = EnrollResponse['credentials'];
type Refusal = z.infer<typeof refusalSchema>;

/** The control plane said no, in words. `refusal.retryable` says whether the same call can succeed later. */
class EnrolmentRefused extends DroverError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, status: number) {
    super(`refused (${status} ${refusal.error}): ${refusal.message}`);
    this.refusal = refusal;
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const post = async <T>(url: string, body: unknown, schema: z.ZodType<T>): Promise<T> => {
  let status: number;
  let text: string;
  let retryAfter: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ENROL_CALL_SECONDS * 1000),
    });
    status = response.status;
    retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    // As text first: a proxy answers with a page, not with JSON.
    text = await response.text();
  } catch (error) {
    throw new TransientError(`${url} cannot be reached`, { cause: error });
  }
  const json = parseJson(text);
  if (status === 200) {
    const answer = schema.safeParse(json);
    if (answer.success) return answer.data;
    // Without the body: it may hold credentials.
    throw new TransientError(
      `${url} answered in a form that this agent does not know: is the agent too old?`,
    );
  }
  const refusal = refusalSchema.safeParse(json);
  if (refusal.success) throw new EnrolmentRefused(refusal.data, status);
  const message = `${url} answered ${status}: ${text.slice(0, 200)}`;
  if (status === 401 || status === 403) throw new PermanentError(message);
  throw new TransientError(message, Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {});
};

/** The two calls that a node makes over HTTPS. */
interface EnrolmentClient {
  enroll(request: EnrollRequest): Promise<EnrollResponse>;
  credentials(request: {
    readonly nodeId: string;
    readonly nodeSecret: string;
    readonly bootId: string;
    readonly agentVersion: string;
  }): Promise<Credentials>;
}

const createEnrolmentClient = (enrolmentUrl: string): EnrolmentClient => ({
  enroll: async (request) => await post(`${enrolmentUrl}/enroll`, request, enrollResponseSchema),
  credentials: async (request) =>
    (await post(`${enrolmentUrl}/credentials`, request, credentialsResponseSchema)).credentials,
});

export type { Credentials, EnrollResponse, EnrolmentClient };
export { createEnrolmentClient, EnrolmentRefused };
