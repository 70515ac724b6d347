import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { AwsError } from './aws-error.ts';
import { headerOf, readBody } from './http-body.ts';
import type { Service } from './service.ts';

/** AWS JSON services have other names for the errors that all services share. */
const JSON_CODES: Readonly<Record<string, string>> = {
  AccessDenied: 'AccessDeniedException',
  ExpiredToken: 'ExpiredTokenException',
  InvalidClientTokenId: 'UnrecognizedClientException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
};

const bodySchema = z.record(z.string(), z.unknown());
type JsonBody = z.infer<typeof bodySchema>;

/** `X-Amz-Target: AWSEvents.PutEvents` → `PutEvents`. */
const operationOf = (request: IncomingMessage): string => {
  const target = headerOf(request, 'x-amz-target') ?? '';
  return target.slice(target.lastIndexOf('.') + 1);
};

/** @throws AwsError `SerializationException` unless the body is a JSON object. */
const parseJsonBody = (body: Buffer): JsonBody => {
  try {
    return bodySchema.parse(JSON.parse(body.length === 0 ? '{}' : body.toString('utf8')));
  } catch (cause) {
    throw new AwsError('SerializationException', 'the body is not a JSON object', 400, { cause });
  }
};

const readJsonBody = async (request: IncomingMessage): Promise<JsonBody> =>
  parseJsonBody(await readBody(request));

/** @throws AwsError `ValidationException` with what is wrong and where. */
const parseInput = <T>(schema: z.ZodType<T>, body: unknown, code = 'ValidationException'): T => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new AwsError(code, z.prettifyError(parsed.error).replaceAll('\n', ' '), 400, { cause: parsed.error });
};

const sendJson = (response: ServerResponse, body: unknown, status = 200): void => {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
};

/** Refusals as the JSON services write them: HTTP 400 for the caller's faults, `__type` tells the class. */
const refuseAsJson: Service['refuse'] = (response, { code, message, status }) => {
  const type = JSON_CODES[code] ?? code;
  sendJson(response, { __type: `com.amazonaws#${type}`, message }, status >= 500 ? 500 : 400);
};

export type { JsonBody };
export { operationOf, parseInput, parseJsonBody, readJsonBody, refuseAsJson, sendJson };
