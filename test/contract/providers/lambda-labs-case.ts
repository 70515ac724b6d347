import { createLambdaLabs } from '../../../lib/providers/lambda-labs.ts';
import type { AdapterCase } from './adapter-case.ts';
import { fixture, json, ok } from './replay.ts';

const listing = fixture('lambda-labs/1.4-list.json');
const id = '3f1c9a7be2d04c6f8a5510de77b4c021';

const instance = (instanceId: string, status = 'active') => ({
  id: instanceId,
  status,
  ip: '198.51.100.24',
  region: { name: 'us-south-1', description: 'Texas, USA' },
  instance_type: {
    name: 'gpu_1x_h100_sxm5',
    gpu_description: 'H100 (80 GB SXM5)',
    price_cents_per_hour: 429,
    specs: { vcpus: 26, memory_gib: 225, storage_gib: 2816, gpus: 1 },
  },
});
const readOne = json({ data: instance(id) });

const lambdaLabsCase: AdapterCase = {
  name: 'lambda-labs',
  create: createLambdaLabs,
  baseUrl: 'https://cloud.lambda.ai/api/v1',
  listPath: '/instances',
  listing,
  ids: [id, '77ad02c4f5be4b0d9c3a1be0c6620e9d'],
  withSecrets: JSON.stringify({
    data: [{ ...instance(id), jupyter_token: 'jt-secret', jupyter_url: 'https://x/?token=jt-secret' }],
  }),
  secrets: ['jt-secret'],
  emptyListing: '{"data":[]}',
  page: (ids, nextToken) =>
    JSON.stringify({
      data: ids.map((each) => instance(each)),
      ...(nextToken === undefined ? {} : { page_token: nextToken }),
    }),
  pageIds: ['a1', 'b2', 'c3'],
  tokenParameter: 'page_token',
  withStatus: (word) => JSON.stringify({ data: [instance(id, word)] }),
  changedShapes: [
    ['the list under another key', '{"instances":[]}'],
    ['no list', '{"data":null}'],
    ['an object for the list', '{"data":{}}'],
    ['an instance without id', JSON.stringify({ data: [{ ...instance(id), id: undefined }] })],
    ['an instance without status', JSON.stringify({ data: [{ ...instance(id), status: undefined }] })],
    ['a null between instances', JSON.stringify({ data: [instance(id), null] })],
    ['an error under 200', fixture('lambda-labs/1.4-error-capacity.json')],
  ],
  apiError: (status, code) => json({ error: { code, message: 'no' } }, status),
  badKey: { status: 401, body: fixture('lambda-labs/1.4-error-invalid-key.json') },
  instanceId: id,
  accepted: [readOne, ok(fixture('lambda-labs/1.4-terminate.json'))],
  terminateMethod: 'POST',
  terminatePath: '/instance-operations/terminate',
  terminateBody: { instance_ids: [id] },
  beforeTerminate: [readOne],
  gone: [{ status: 404, body: fixture('lambda-labs/1.4-error-not-found.json') }],
  foreignIds: ['', '../ssh-keys', 'a/b', 'a?b'],
};

export { instance as lambdaInstance, lambdaLabsCase };
