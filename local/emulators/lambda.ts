import type { ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import { readBody } from './http-body.ts';
import { parseJsonBody } from './json-protocol.ts';
import type { Service } from './service.ts';

type InvokeOutcome =
  | { readonly outcome: 'succeeded'; readonly payload: string }
  | { readonly outcome: 'failed'; readonly error: unknown };

interface LambdaEmulator {
  /** Makes the function known to `Invoke`, by its name. */
  register(name: string, arn: string, invoke: (payload: unknown) => Promise<InvokeOutcome>): void;
}

const PATH = /^\/2015-03-31\/functions\/([A-Za-z0-9_-]+)\/invocations$/;

const refuse: Service['refuse'] = (response, { code, message, status }) => {
  const text = JSON.stringify({ message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-errortype': code,
  });
  response.end(text);
};

const answer = (response: ServerResponse, payload: string, failed: boolean): void => {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(payload),
    ...(failed && { 'x-amz-function-error': 'Unhandled' }),
  });
  response.end(payload);
};

/** Lambda's `Invoke`, the synchronous kind: the answer is the function's. */
const createLambda = (): LambdaEmulator & Service => {
  const functions = new Map<string, { arn: string; invoke: (payload: unknown) => Promise<InvokeOutcome> }>();
  return {
    register: (name, arn, invoke) => {
      functions.set(name, { arn, invoke });
    },
    refuse,
    serve: async ({ request, response, url, authorize }) => {
      const [, name] = PATH.exec(url.pathname) ?? [];
      if (name === undefined || request.method !== 'POST') {
        throw new AwsError('NotImplemented', 'of Lambda, the embedded cloud has only Invoke', 501);
      }
      const target = functions.get(name);
      if (target === undefined) {
        throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
      }
      await authorize('lambda:InvokeFunction', target.arn);
      const result = await target.invoke(parseJsonBody(await readBody(request)));
      if (result.outcome === 'succeeded') answer(response, result.payload, false);
      else answer(response, JSON.stringify(result.error), true);
    },
  };
};

export type { InvokeOutcome, LambdaEmulator };
export { createLambda };
