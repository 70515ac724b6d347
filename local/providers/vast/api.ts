import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { type Answer, json, type ProviderApi, type Route, type SimRequest } from '../provider-api.ts';
import type { ProviderRules } from '../provider-rules.ts';
import { createIntervalLimiter } from '../rate-limiter.ts';
import { pageOf } from './paging.ts';
import { vastInstance } from './view.ts';

const rules: ProviderRules = {
  key: 'vast',
  newId: () => String(randomInt(27_000_000, 28_000_000)),
  environment: ({ id, address }) => ({
    CONTAINER_ID: id,
    VAST_CONTAINERLABEL: `C.${id}`,
    PUBLIC_IPADDR: address,
  }),
  // The disk from creation on; loading is free of the GPU's price.
  charges: {
    booting: 'storage',
    running: 'full-and-storage',
    stopped: 'storage',
    terminating: 'full-and-storage',
    terminated: 'nothing',
    preempted: 'storage',
    gone: 'nothing',
  },
  billingIncrementMs: 0,
  listedAfterEndMs: 0,
  bootMs: 3000,
  terminateMs: 0,
  // Outbid: it waits, stopped, for its GPU, and its disk bills on.
  preemptedPhase: 'stopped',
};

const failure = (status: number, error: string, msg: string): Answer =>
  json(status, { success: false, error, msg });
const missing = (id: string): Answer => failure(404, 'no_such_instance', `Instance ${id} not found.`);
const badKey = (status: number): Answer => failure(status, 'auth_error', 'Invalid user key');
const done = (): Answer => json(200, { success: true });
const deprecated = (): Answer =>
  failure(410, 'deprecated_endpoint', '/api/v0/instances/ is deprecated. Use /api/v1/instances/ instead.');

const list = ({ query }: SimRequest): Route => ({
  operation: 'list',
  act: ({ account, listed, nowMs }) => {
    if (query.has('select_filters')) {
      return failure(400, 'invalid_request', 'select_filters: this simulator filters nothing');
    }
    const page = pageOf(listed, query);
    if (page === undefined) return json(400, { error: 'invalid_token', msg: 'Invalid after_token' });
    const labels: Record<string, number> = {};
    for (const { name } of listed) labels[name] = (labels[name] ?? 0) + 1;
    return json(200, {
      success: true,
      instances_found: page.items.length,
      total_instances: account.listed().length,
      label_counts: labels,
      next_token: page.nextToken,
      instances: page.items.map((instance) => vastInstance(instance, nowMs)),
    });
  },
});

const stateSchema = z.object({ state: z.enum(['running', 'stopped']) });

const stateAsked = (body: string): 'running' | 'stopped' | undefined => {
  try {
    return stateSchema.parse(JSON.parse(body)).state;
  } catch {
    return undefined;
  }
};

const manage = (id: string, body: string): Route => ({
  operation: 'manage',
  instanceIds: [id],
  act: ({ account }) => {
    const instance = account.find(id);
    const state = stateAsked(body);
    if (instance === undefined) return missing(id);
    if (state === undefined) return failure(400, 'invalid_args', 'state must be running or stopped');
    // The state that it has already is no error.
    if (state === 'stopped' && instance.phase !== 'stopped') account.stop(id);
    if (state === 'running' && instance.phase === 'stopped') account.start(id);
    return done();
  },
  pretend: done,
  refuse: () =>
    json(200, { success: false, error: 'missing_billing', msg: 'Add credit before starting this instance.' }),
});

const destroy = (id: string): Route => ({
  operation: 'terminate',
  instanceIds: [id],
  act: ({ account, ending }) => {
    if (account.find(id) === undefined) return missing(id);
    account.terminate(id, ending);
    return done();
  },
  pretend: ({ account }) => (account.find(id) === undefined ? missing(id) : done()),
  refuse: () =>
    json(200, { success: false, error: 'invalid_request', msg: 'The instance cannot be destroyed.' }),
});

const show = (id: string): Route => ({
  operation: 'get',
  instanceIds: [id],
  // Gone is 200 with null.
  act: ({ account, nowMs }) => {
    const found = account.find(id);
    return json(200, { instances: found === undefined ? null : vastInstance(found, nowMs) });
  },
});

const reboot = (id: string): Route => ({
  operation: 'reboot',
  instanceIds: [id],
  act: ({ account }) => {
    if (account.find(id) === undefined) return missing(id);
    account.restart(id);
    return done();
  },
});

/** Vast.ai API v0 and v1. Instance paths end in a slash; without it they are redirected. */
const vastApi: ProviderApi = {
  rules,
  basePath: '',
  createLimiter: () =>
    createIntervalLimiter({ list: 1000, get: 2000, terminate: 3000, manage: 1000, reboot: 1000 }),
  route: (request) => {
    const { method, path, body } = request;
    if (/^\/api\/v[01]\/instances(\/.*)?$/.test(path) && !path.endsWith('/')) {
      const location = { status: 308, contentType: 'text/html', body: '', headers: { Location: `${path}/` } };
      return { operation: 'redirect', act: () => location };
    }
    if (method === 'GET' && path === '/api/v1/instances/') return list(request);
    if (method === 'GET' && path === '/api/v0/instances/') return { operation: 'list-v0', act: deprecated };
    const rebooted = /^\/api\/v0\/instances\/reboot\/(\d+)\/$/.exec(path)?.[1];
    if (rebooted !== undefined) return method === 'PUT' ? reboot(rebooted) : undefined;
    const id = /^\/api\/v0\/instances\/(\d+)\/$/.exec(path)?.[1];
    if (id === undefined) return undefined;
    switch (method) {
      case 'GET':
        return show(id);
      case 'PUT':
        return manage(id, body);
      case 'DELETE':
        return destroy(id);
      default:
        return undefined;
    }
  },
  errors: {
    notFound: () => failure(404, 'not_found', 'Not found.'),
    // As the live API was seen to answer, whatever its documentation says.
    unauthorized: () => badKey(404),
    authAsNotFound: () => badKey(404),
    rateLimited: ({ thresholdSeconds }) => ({
      status: 429,
      contentType: 'text/plain',
      body: `API requests too frequent: endpoint threshold=${thresholdSeconds.toFixed(1)}`,
    }),
    serverError: () => failure(500, 'internal_error', 'Internal server error.'),
    gone: deprecated,
  },
};

export { vastApi };
