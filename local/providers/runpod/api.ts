import { randomInt } from 'node:crypto';
import * as z from 'zod';
import type { SimInstance } from '../instance.ts';
import {
  type Answer,
  json,
  type ProviderApi,
  type Route,
  type RouteContext,
  type SimRequest,
} from '../provider-api.ts';
import type { ProviderRules } from '../provider-rules.ts';
import { createWindowLimiter } from '../rate-limiter.ts';
import { runpodPod } from './view.ts';

const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const MAX_PAGE = 1000;

const rules: ProviderRules = {
  key: 'runpod',
  newId: () => Array.from({ length: 10 }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join(''),
  environment: ({ id, address, offer }) => ({
    RUNPOD_POD_ID: id,
    RUNPOD_DC_ID: offer.region,
    RUNPOD_GPU_COUNT: String(offer.gpuCount),
    RUNPOD_PUBLIC_IP: address,
  }),
  // `cost` is 0.0 once it is stopped, yet the volume bills on.
  charges: {
    booting: 'full',
    running: 'full',
    stopped: 'storage',
    terminating: 'full',
    terminated: 'nothing',
    preempted: 'storage',
    gone: 'nothing',
  },
  billingIncrementMs: 0,
  listedAfterEndMs: 0,
  bootMs: 3000,
  terminateMs: 0,
  preemptedPhase: 'stopped',
};

const problem = (status: number, title: string, detail: string, errors?: readonly string[]): Answer => ({
  ...json(status, { title, status, detail, ...(errors !== undefined && { errors }) }),
  contentType: 'application/problem+json',
});
const missing = (): Answer => problem(404, 'Not Found', 'pod not found');
const ended: Answer = { status: 204, contentType: '', body: '' };

const terminate = (id: string, act: (context: RouteContext) => void): Route => {
  const answer =
    (apply: (context: RouteContext) => void) =>
    (context: RouteContext): Answer => {
      if (context.account.find(id) === undefined) return missing();
      apply(context);
      return ended;
    };
  return {
    operation: 'terminate',
    instanceIds: [id],
    act: answer(act),
    pretend: answer(() => undefined),
    refuse: () => problem(409, 'Conflict', 'the pod belongs to a cluster'),
  };
};

const list = ({ query }: SimRequest): Route => ({
  operation: 'list',
  act: ({ listed, nowMs }) => {
    const asked = Number(query.get('limit') ?? MAX_PAGE);
    const limit = Number.isInteger(asked) && asked > 0 ? Math.min(asked, MAX_PAGE) : MAX_PAGE;
    const newestFirst = listed.toReversed();
    const cursor = query.get('cursor');
    const start = cursor === null ? 0 : newestFirst.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== null && start === 0) return problem(400, 'Bad Request', 'cursor is not valid');
    const pods = newestFirst.slice(start, start + limit);
    const hasNextPage = start + limit < newestFirst.length;
    return json(200, {
      pods: pods.map((pod) => runpodPod(pod, nowMs)),
      pagination: { nextCursor: hasNextPage ? (pods.at(-1)?.id ?? null) : null, hasNextPage },
    });
  },
});

const actionSchema = z.strictObject({ action: z.enum(['stop', 'start', 'restart', 'terminate']) });
type Action = z.infer<typeof actionSchema>['action'];

const actionOf = (body: string): Action | undefined => {
  try {
    return actionSchema.parse(JSON.parse(body)).action;
  } catch {
    return undefined;
  }
};

const ALLOWED_IN: Readonly<Record<'stop' | 'start' | 'restart', readonly SimInstance['phase'][]>> = {
  stop: ['booting', 'running'],
  start: ['stopped'],
  restart: ['running'],
};

const perform = (id: string, body: string): Route => {
  const action = actionOf(body);
  if (action === 'terminate') return terminate(id, ({ account, ending }) => account.terminate(id, ending));
  return {
    operation: action ?? 'action',
    instanceIds: [id],
    act: ({ account, nowMs }) => {
      const pod = account.find(id);
      if (pod === undefined) return missing();
      if (action === undefined) {
        return problem(422, 'Unprocessable Entity', 'Request validation failed.', ['$.action: not allowed']);
      }
      if (!ALLOWED_IN[action].includes(pod.phase)) {
        const { status } = runpodPod(pod, nowMs);
        return problem(409, 'Conflict', `action ${action} is not valid for status ${String(status)}`);
      }
      return json(200, runpodPod(account[action](id), nowMs));
    },
  };
};

/** RunPod REST v2. Query parameters that it does not know are ignored. */
const runpodApi: ProviderApi = {
  rules,
  basePath: '/v2',
  createLimiter: () =>
    createWindowLimiter([
      { name: 'minute', quota: 60, seconds: 60 },
      { name: 'hour', quota: 3000, seconds: 3600 },
      { name: 'day', quota: 50_000, seconds: 86_400 },
    ]),
  route: (request) => {
    const { method, path, body } = request;
    if (path.startsWith('/v1/')) {
      const message = 'This API version was shut down. Use https://api.runpod.io/v2.';
      return { operation: 'v1', act: () => json(410, { error: message, status: 410 }) };
    }
    if (method === 'GET' && path === '/v2/pods') return list(request);
    const acted = /^\/v2\/pods\/([^/]+)\/action$/.exec(path)?.[1];
    if (acted !== undefined) return method === 'POST' ? perform(acted, body) : undefined;
    const id = /^\/v2\/pods\/([^/]+)$/.exec(path)?.[1];
    if (id === undefined) return undefined;
    if (method === 'DELETE') return terminate(id, ({ account, ending }) => account.terminate(id, ending));
    if (method !== 'GET') return undefined;
    return {
      operation: 'get',
      instanceIds: [id],
      act: ({ account, nowMs }) => {
        const pod = account.find(id);
        return pod === undefined ? missing() : json(200, runpodPod(pod, nowMs));
      },
    };
  },
  errors: {
    notFound: () => problem(404, 'Not Found', 'no such path'),
    unauthorized: () => problem(401, 'Unauthorized', 'the bearer token is missing or not valid'),
    authAsNotFound: () => problem(401, 'Unauthorized', 'the bearer token is missing or not valid'),
    rateLimited: ({ retryAfterSeconds }) => ({
      ...problem(429, 'Too Many Requests', 'rate limit exceeded for the minute window'),
      headers: { 'Retry-After': String(retryAfterSeconds) },
    }),
    serverError: () => problem(500, 'Internal Server Error', 'something went wrong'),
    gone: () => json(410, { error: 'Gone', status: 410 }),
  },
};

export { runpodApi };
