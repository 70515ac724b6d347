import { createHash } from 'node:crypto';
import * as z from 'zod';
import { anyoneMayCallUrl } from '../policies/may-invoke.ts';
import { findFunction, type Wiring } from '../resources/wiring.ts';
import type { FunctionRuntime } from './function-runtime.ts';

/** What a Function URL answers; Lambda makes the same of a bare value. */
interface UrlResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

const resultSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.coerce.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

const JSON_TYPE = { 'content-type': 'application/json' };

const plain = (statusCode: number, body: unknown): UrlResult => ({
  statusCode,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
  isBase64Encoded: false,
});

/** The id in a function's URL: 32 letters and digits that follow from its ARN, so that the URL survives a restart. */
const urlIdOf = (functionArn: string): string =>
  BigInt(`0x${createHash('sha256').update(functionArn).digest('hex')}`)
    .toString(36)
    .slice(0, 32);

/** Answers a Function URL's request as Lambda does: 403 unless both permissions are there, 502 when the function fails. */
const createUrlHandler =
  (
    wiring: Wiring,
    functionArn: string,
    authType: string,
    runtimeOf: (arn: string) => FunctionRuntime | undefined,
  ) =>
  async (event: unknown): Promise<UrlResult> => {
    const definition = findFunction(wiring, functionArn);
    const runtime = runtimeOf(functionArn);
    if (definition === undefined || runtime === undefined) return plain(404, { Message: null });
    if (authType !== 'NONE' || !anyoneMayCallUrl(wiring, definition)) {
      return plain(403, { Message: 'Forbidden' });
    }
    const result = await runtime.invoke(event);
    if (result.outcome === 'failed') return plain(502, { Message: 'Internal Server Error' });
    const answer: unknown = JSON.parse(result.payload);
    const parsed = resultSchema.safeParse(answer);
    if (parsed.success) return parsed.data;
    return plain(200, answer);
  };

export type { UrlResult };
export { createUrlHandler, urlIdOf };
