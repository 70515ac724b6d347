import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createUrlHandler, parseRequest } from '../../functions/function-url.ts';
import { TransientError } from '../../lib/errors.ts';
import { refusalSchema } from '../../lib/identity/enrolment.ts';
import { RefusalError, refusals } from '../../lib/identity/refusal.ts';

const urlEvent = (
  body: string | undefined,
  rawPath = '/enroll',
  method = 'POST',
  isBase64Encoded = false,
) => ({
  version: '2.0',
  rawPath,
  isBase64Encoded,
  ...(body === undefined ? {} : { body }),
  requestContext: { http: { method, sourceIp: '203.0.113.7' } },
});

const call = async (event: unknown, route: (body: unknown, source: string) => Promise<unknown>) => {
  const { statusCode, headers, body } = await createUrlHandler('enroll-node', { 'POST /enroll': route })(
    event,
  );
  return { statusCode, headers, body: JSON.parse(body) };
};
const echo = async (body: unknown, source: string) => ({ body, source });

describe('createUrlHandler', () => {
  it('routes by method and path, and hands over body and source address', async () => {
    const answer = await call(urlEvent('{"a":1}'), echo);
    expect(answer).toMatchObject({ statusCode: 200, body: { body: { a: 1 }, source: '203.0.113.7' } });
    expect(answer.headers['cache-control']).toBe('no-store');
    const encoded = Buffer.from('{"a":2}').toString('base64');
    expect((await call(urlEvent(encoded, '/enroll', 'POST', true), echo)).body.body).toEqual({ a: 2 });
  });

  it.each([
    ['malformed JSON', urlEvent('{'), 400, 'malformed-request'],
    ['no body', urlEvent(undefined), 400, 'malformed-request'],
    ['a body that is too large', urlEvent(`"${'x'.repeat(33_000)}"`), 400, 'malformed-request'],
    ['another path', urlEvent('{}', '/admin'), 404, 'not-found'],
    ['another method', urlEvent('{}', '/enroll', 'GET'), 404, 'not-found'],
    ['no function URL event at all', { hello: 1 }, 503, 'unavailable'],
  ])('answers %s by the refusal schema', async (_what, event, statusCode, error) => {
    const answer = await call(event, echo);
    expect(answer.statusCode).toBe(statusCode);
    expect(refusalSchema.parse(answer.body).error).toBe(error);
  });

  it.each(Object.entries(refusals))('answers %s with its own status', async (code, { status, retryable }) => {
    const { error } = refusalSchema.pick({ error: true }).parse({ error: code });
    const answer = await call(urlEvent('{}'), async () => {
      throw new RefusalError(error, 'because');
    });
    expect(answer).toMatchObject({
      statusCode: status,
      body: { error: code, message: 'because', retryable },
    });
  });

  it('asks for patience when a retry can help', async () => {
    const answer = await call(urlEvent('{}'), async () => {
      throw new TransientError('busy', { retryAfterSeconds: 60 });
    });
    expect(answer).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '60' },
      body: { retryable: true },
    });
  });

  it('never shows a stack trace or the message of a bug', async () => {
    const answer = await call(urlEvent('{}'), async () => {
      throw new TypeError('secretThing is undefined');
    });
    expect(answer.statusCode).toBe(503);
    expect(JSON.stringify(answer.body)).not.toMatch(/secretThing|at /);
  });

  it('names the fields of a request that is malformed', async () => {
    const answer = await call(urlEvent('{"a":"x"}'), async (body) =>
      parseRequest(z.object({ a: z.number() }), body),
    );
    expect(answer).toMatchObject({ statusCode: 400, body: { error: 'malformed-request' } });
    expect(answer.body.message).toMatch(/a: /);
  });
});
