import { createRunpod } from '../../../lib/providers/runpod.ts';
import type { AdapterCase } from './adapter-case.ts';
import { fixture, json } from './replay.ts';

const ID = 'k3v9q1x7wd';

const pod = (id: string, status = 'RUNNING') => ({
  id,
  name: id,
  status,
  actions: ['stop', 'restart', 'terminate'],
  mounts: { persistent: { size: 100, path: '/workspace' } },
  gpu: { id: 'NVIDIA A100-SXM4-80GB', count: 1 },
  cost: 1.79,
  locked: false,
  env: {},
  ssh: { proxy: null, direct: null },
  runtime: null,
  createdAt: '2026-11-22T05:10:00Z',
});
const readOne = json(pod(ID));

const runpodCase: AdapterCase = {
  name: 'runpod',
  create: createRunpod,
  baseUrl: 'https://api.runpod.io/v2',
  listPath: '/pods',
  listing: fixture('runpod/3.4-list.json'),
  ids: [ID, 'm8c2r5t0zb'],
  withSecrets: JSON.stringify({
    pods: [{ ...pod('a'), env: { TOKEN: 'env-secret' }, args: '--key args-secret' }],
  }),
  secrets: ['env-secret', 'args-secret'],
  emptyListing: '{"pods":[],"pagination":{"nextCursor":null,"hasNextPage":false}}',
  page: (ids, nextToken) =>
    JSON.stringify({
      pods: ids.map((id) => pod(id)),
      pagination: { nextCursor: nextToken ?? null, hasNextPage: nextToken !== undefined },
    }),
  pageIds: ['aa', 'bb', 'cc'],
  tokenParameter: 'cursor',
  withStatus: (word) => JSON.stringify({ pods: [pod('a', word)] }),
  changedShapes: [
    ['the bare list of v1', JSON.stringify([pod('a')])],
    ['an error of v1', '{"error":"gone","status":410}'],
    ['a failure of GraphQL under 200', fixture('runpod/3.4-graphql-failure.json')],
    ['the list under another key', '{"data":[]}'],
    ['no list', '{"pods":null}'],
    ['an object for the list', '{"pods":{}}'],
    ['a word about pages without its answer', JSON.stringify({ pods: [pod('a')], pagination: {} })],
    ['an instance without id', JSON.stringify({ pods: [{ ...pod('a'), id: undefined }] })],
    ['an instance without status', JSON.stringify({ pods: [{ ...pod('a'), status: undefined }] })],
  ],
  apiError: (status, detail) => ({
    status,
    body: JSON.stringify({ title: 'Error', status, detail }),
    headers: { 'content-type': 'application/problem+json' },
  }),
  badKey: {
    status: 401,
    body: JSON.stringify({ title: 'Unauthorized', status: 401, detail: 'missing or invalid bearer' }),
    headers: { 'content-type': 'application/problem+json' },
  },
  instanceId: ID,
  accepted: [readOne, { status: 204 }],
  terminateMethod: 'DELETE',
  terminatePath: `/pods/${ID}`,
  terminateBody: undefined,
  beforeTerminate: [readOne],
  gone: [{ status: 404, body: fixture('runpod/3.4-error-not-found.json') }],
  foreignIds: ['', '../billing', 'a/b', 'a?b'],
};

export { pod, runpodCase };
