import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { SimInstance } from '../instance.ts';
import { type Answer, json, type ProviderApi, type Route, type RouteContext } from '../provider-api.ts';
import type { ProviderRules } from '../provider-rules.ts';
import { createIntervalLimiter } from '../rate-limiter.ts';
import { lambdaInstance } from './view.ts';

const rules: ProviderRules = {
  key: 'lambda-labs',
  newId: () => randomBytes(16).toString('hex'),
  // Nothing on the machine says which instance it is.
  environment: () => ({}),
  // From the first passed health check until one terminates it, used or not.
  charges: {
    booting: 'nothing',
    running: 'full',
    stopped: 'full',
    terminating: 'nothing',
    terminated: 'nothing',
    preempted: 'nothing',
    gone: 'nothing',
  },
  billingIncrementMs: 60_000,
  listedAfterEndMs: 60_000,
  bootMs: 3000,
  terminateMs: 5000,
  preemptedPhase: 'preempted',
};

const failure = (status: number, code: string, message: string): Answer =>
  json(status, { error: { code, message } });

const missing = (): Answer =>
  failure(404, 'global/object-does-not-exist', 'Specified instance does not exist.');
const malformed = (message: string): Answer => failure(400, 'global/invalid-parameters', message);

const idsSchema = z.object({ instance_ids: z.array(z.string()).min(1) });

const parseIds = (body: string): string[] | undefined => {
  try {
    return idsSchema.parse(JSON.parse(body)).instance_ids;
  } catch {
    return undefined;
  }
};

const isEnding = ({ phase }: SimInstance): boolean =>
  phase === 'terminating' || phase === 'terminated' || phase === 'preempted';

/** All ids or none: what a batch with one bad id does is not documented. */
const operation = (
  name: 'terminate' | 'restart',
  body: string,
  act: (context: RouteContext, id: string) => SimInstance,
): Route => {
  const ids = parseIds(body);
  const key = `${name === 'terminate' ? 'terminated' : 'restarted'}_instances`;
  const answer =
    (apply: (context: RouteContext, found: SimInstance) => SimInstance) =>
    (context: RouteContext): Answer => {
      if (ids === undefined) return malformed('instance_ids must be a list with at least one id.');
      const found = ids.flatMap((id) => context.account.find(id) ?? []);
      if (found.length < ids.length || found.some(({ phase }) => phase === 'terminated')) return missing();
      if (found.some(isEnding)) return failure(500, 'global/unknown', 'An unknown error occurred.');
      return json(200, { data: { [key]: found.map((one) => lambdaInstance(apply(context, one))) } });
    };
  return {
    operation: name,
    ...(ids !== undefined && { instanceIds: ids }),
    act: answer((context, { id }) => act(context, id)),
    pretend: answer((_context, found) => (name === 'terminate' ? { ...found, phase: 'terminating' } : found)),
    refuse: () => json(200, { data: { [key]: [] } }),
  };
};

const one = /^\/api\/v1\/instances\/([^/]+)$/;

/** Lambda Cloud API v1. */
const lambdaLabsApi: ProviderApi = {
  rules,
  basePath: '/api/v1',
  // About one request a second over all paths.
  createLimiter: () => createIntervalLimiter({ all: 1000 }, () => 'all'),
  route: ({ method, path, body }) => {
    const route = `${method} ${path}`;
    if (route === 'GET /api/v1/instances') {
      return { operation: 'list', act: ({ listed }) => json(200, { data: listed.map(lambdaInstance) }) };
    }
    if (route === 'POST /api/v1/instance-operations/terminate') {
      return operation('terminate', body, ({ account, ending }, id) => account.terminate(id, ending));
    }
    if (route === 'POST /api/v1/instance-operations/restart') {
      return operation('restart', body, ({ account }, id) => account.restart(id));
    }
    const id = method === 'GET' ? one.exec(path)?.[1] : undefined;
    if (id === undefined) return undefined;
    return {
      operation: 'get',
      instanceIds: [id],
      act: ({ account }) => {
        const found = account.find(id);
        return found === undefined ? missing() : json(200, { data: lambdaInstance(found) });
      },
    };
  },
  errors: {
    notFound: () => failure(404, 'global/not-found', 'Not found.'),
    unauthorized: () => failure(401, 'global/invalid-api-key', 'API key was invalid, expired, or deleted.'),
    authAsNotFound: () => failure(401, 'global/invalid-api-key', 'API key was invalid, expired, or deleted.'),
    // Not described anywhere: no JSON, no headers.
    rateLimited: () => ({ status: 429, contentType: 'text/plain', body: 'Too Many Requests' }),
    serverError: () => failure(500, 'global/internal-error', 'An internal error occurred.'),
    gone: () => ({ status: 410, contentType: 'text/plain', body: 'Gone' }),
  },
};

export { lambdaLabsApi };
