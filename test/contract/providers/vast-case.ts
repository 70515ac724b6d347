import { createVast } from '../../../lib/providers/vast.ts';
import type { AdapterCase } from './adapter-case.ts';
import { fixture, json, ok } from './replay.ts';

const instance = (id: number, status: string | null = 'running') => ({
  id,
  actual_status: status,
  cur_state: 'running',
  intended_status: 'running',
  gpu_name: 'RTX 4090',
  num_gpus: 1,
  gpu_util: 50,
  dph_total: 0.5,
  storage_total_cost: 0.01,
});

const envelope = (
  instances: readonly unknown[],
  nextToken: string | null = null,
  total = instances.length,
) => ({
  success: true,
  instances_found: instances.length,
  total_instances: total,
  label_counts: {},
  next_token: nextToken,
  instances,
});

const vastCase: AdapterCase = {
  name: 'vast',
  create: createVast,
  baseUrl: 'https://console.vast.ai',
  listPath: '/api/v1/instances/',
  listing: fixture('vast/2.5-list.json'),
  ids: ['27114093', '27114500'],
  withSecrets: JSON.stringify(
    envelope([{ ...instance(1), jupyter_token: 'jt-secret', extra_env: [['HF_TOKEN', 'env-secret']] }]),
  ),
  secrets: ['jt-secret', 'env-secret'],
  emptyListing: JSON.stringify({ ...envelope([]), instances: null }),
  page: (ids, nextToken, total) =>
    JSON.stringify(
      envelope(
        ids.map((id) => instance(Number(id))),
        nextToken ?? null,
        total,
      ),
    ),
  pageIds: ['11', '22', '33'],
  tokenParameter: 'after_token',
  withStatus: (word) => JSON.stringify(envelope([instance(1, word)])),
  changedShapes: [
    ['the list under another key', JSON.stringify({ ...envelope([]), instances: undefined, results: [] })],
    ['the answer for one gone instance', fixture('vast/2.5-gone.json')],
    ['success false under 200', fixture('vast/2.5-failed-under-200.json')],
    ['no success', JSON.stringify({ ...envelope([instance(1)]), success: undefined })],
    ['a listing with success false', JSON.stringify({ ...envelope([instance(1)]), success: false })],
    ['success alone', fixture('vast/2.5-success.json')],
    ['no word about further pages', JSON.stringify({ ...envelope([instance(1)]), next_token: undefined })],
    ['fewer instances than it counts', fixture('vast/2.5-list-page-1-envelope.json')],
    ['no list where it counts some', JSON.stringify({ ...envelope([instance(1)]), instances: null })],
    ['an object for the list', JSON.stringify({ ...envelope([]), instances: {} })],
    ['an instance without id', JSON.stringify(envelope([{ ...instance(1), id: undefined }]))],
    ['an instance without status', JSON.stringify(envelope([{ ...instance(1), actual_status: undefined }]))],
  ],
  apiError: (status, code) => json({ success: false, error: code, msg: 'no' }, status),
  badKey: { status: 404, body: fixture('vast/2.5-error-bad-key.json') },
  instanceId: '27114093',
  accepted: [ok(fixture('vast/2.5-success.json'))],
  terminateMethod: 'DELETE',
  terminatePath: '/api/v0/instances/27114093/',
  terminateBody: {},
  beforeTerminate: [],
  gone: [{ status: 404, body: fixture('vast/2.5-error-gone.json') }],
  foreignIds: ['', '0', '../1', 'k3v9q1x7wd'],
};

export { envelope as vastEnvelope, instance as vastInstance, vastCase };
