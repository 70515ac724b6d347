import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { FunctionName } from '../lib/constants.ts';
import { TransientError } from '../lib/errors.ts';
import { type RefusalCode, RefusalError, refusals } from '../lib/identity/refusal.ts';

/** As much of a function URL's event (payload format 2.0) as Drover reads. */
const urlEventSchema = z.object({
  rawPath: z.string(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({ http: z.object({ method: z.string(), sourceIp: z.string() }) }),
});

interface UrlResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Route = (body: unknown, sourceAddress: string) => Promise<unknown>;

/** An enrolment is a few hundred bytes; labels make it a few thousand. */
const MAX_BODY_BYTES = 32 * 1024;

const respond = (
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): UrlResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

const refuse = (code: RefusalCode, message: string, retryAfterSeconds?: number): UrlResponse =>
  respond(
    refusals[code].status,
    { error: code, message, retryable: refusals[code].retryable },
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );

const parseBody = (body: string, isBase64Encoded: boolean): unknown => {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new RefusalError(
      'malformed-request',
      `the body has ${bytes.length} bytes, at most ${MAX_BODY_BYTES} are taken`,
    );
  }
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new RefusalError('malformed-request', 'the body is not JSON', { cause });
  }
};

/** The request by its schema. @throws RefusalError `malformed-request` with the paths */
const parseRequest = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
    throw new RefusalError('malformed-request', `the request is malformed: ${issues.join('; ')}`);
  }
  return parsed.data;
};

/**
 * A function URL with routes such as `POST /enroll`. Every error becomes a refusal (lib/identity/enrolment.ts): what the caller
 * did wrong by its code, everything else as `unavailable` without details; those are in the log.
 */
const createUrlHandler = (
  functionName: FunctionName,
  routes: Readonly<Record<string, Route>>,
): ((event: unknown) => Promise<UrlResponse>) => {
  const logger = new Logger({ serviceName: functionName });
  return async (event) => {
    try {
      const { rawPath, body, isBase64Encoded, requestContext } = urlEventSchema.parse(event);
      const { method, sourceIp } = requestContext.http;
      const route = routes[`${method} ${rawPath}`];
      if (route === undefined) {
        const known = Object.keys(routes).join(', ');
        return refuse('not-found', `there is no ${method} ${rawPath} here, but ${known}`);
      }
      return respond(200, await route(parseBody(body ?? '', isBase64Encoded), sourceIp));
    } catch (error) {
      if (error instanceof RefusalError) {
        logger.warn('request refused', { code: error.code, reason: error.message });
        return refuse(error.code, error.message);
      }
      logger.error('request failed', { error: error instanceof Error ? error : String(error) });
      return error instanceof TransientError
        ? refuse('unavailable', error.message, error.retryAfterSeconds)
        : refuse('unavailable', 'the control plane failed; its log says why. Try again later');
    }
  };
};

export type { UrlResponse };
export { createUrlHandler, parseRequest };
