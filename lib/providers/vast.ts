import * as z from 'zod';
import { classifyStatus, type ProviderAnswer } from './classify-status.ts';
import { collectPages } from './collect-pages.ts';
import type { Instance } from './instance.ts';
import { chargeFields, microUsdFromUsd } from './money.ts';
import { createProviderClient } from './provider-client.ts';
import type { ProviderErrorKind } from './provider-error.ts';
import type { ProviderFactory } from './provider-port.ts';
import { readCreatedAt } from './read-created-at.ts';
import { asTerminateOutcome } from './terminate-outcome.ts';
import { readVastState } from './vast-state.ts';

const BASE_URL = 'https://console.vast.ai';
/** Minimum intervals per endpoint, 1 and 3 s, with a margin (providers.md 2.1 and 5). */
const LIST_BUCKET = { name: 'list', minimumIntervalSeconds: 1.1 } as const;
const DESTROY_BUCKET = { name: 'destroy', minimumIntervalSeconds: 3.2 } as const;
const PAGE_SIZE = 25;

const errorSchema = z
  .object({ error: z.string().optional(), msg: z.string().optional() })
  .refine(({ error, msg }) => error !== undefined || msg !== undefined);

const text = z.string().trim().nullish();

const vastInstanceSchema = z.object({
  id: z.int().positive(),
  actual_status: z.string().nullable(),
  cur_state: z.string().nullish(),
  next_state: z.string().nullish(),
  label: text,
  public_ipaddr: text,
  geolocation: text,
  gpu_name: text,
  num_gpus: z.int().nonnegative().nullish(),
  gpu_util: z.number().nullish(),
  dph_total: z.number().nullish(),
  storage_total_cost: z.number().nullish(),
  is_bid: z.boolean().nullish(),
  start_date: z.number().nullish(),
});
type VastInstance = z.infer<typeof vastInstanceSchema>;

/** `instances` is null on an empty account. The counts prove that a page, and all pages together, are whole. */
const listSchema = z
  .object({
    success: z.literal(true),
    instances_found: z.int().nonnegative(),
    total_instances: z.int().nonnegative(),
    next_token: z.string().min(1).nullable(),
    instances: z.array(vastInstanceSchema).nullable(),
  })
  .refine(({ instances, instances_found }) => (instances ?? []).length === instances_found, {
    path: ['instances_found'],
    message: 'is not the number of instances on this page',
  });

const successSchema = z.object({ success: z.literal(true) });

/** One number for all GPUs, in percent; below 0 means that nobody measured. */
const readUtilization = (percent: number | null | undefined): number[] | undefined =>
  percent === null || percent === undefined || percent < 0 || percent > 100 ? undefined : [percent];

const toInstance = (raw: VastInstance): Instance => {
  const { status, rawStatus, charged } = readVastState(raw.actual_status, {
    current: raw.cur_state ?? undefined,
    next: raw.next_state ?? undefined,
  });
  const price = microUsdFromUsd(raw.dph_total);
  const storagePrice = microUsdFromUsd(raw.storage_total_cost);
  return {
    provider: 'vast',
    instanceId: String(raw.id),
    status,
    rawStatus,
    name: raw.label || undefined,
    address: raw.public_ipaddr || undefined,
    region: raw.geolocation || undefined,
    gpuType: raw.gpu_name || undefined,
    gpuCount: raw.num_gpus ?? undefined,
    gpuUtilizationPercent: readUtilization(raw.gpu_util),
    priceMicroUsdPerHour: price,
    storagePriceMicroUsdPerHour: storagePrice,
    ...(charged === 'nothing' || charged === 'unknown'
      ? chargeFields(charged === 'nothing' ? 'free' : 'unknown')
      : chargeFields('charged', charged === 'disk' ? storagePrice : price)),
    interruptible: raw.is_bid ?? undefined,
    createdAt: readCreatedAt(raw.start_date),
  };
};

const errorCodeOf = ({ json }: ProviderAnswer): string | undefined => {
  const error = errorSchema.safeParse(json).data;
  return error?.error ?? error?.msg;
};

/** The body's code decides before the status: a bad key can answer 404, a failure can answer 200 (providers.md 0). */
const classify = (answer: ProviderAnswer): ProviderErrorKind | undefined => {
  const code = errorCodeOf(answer);
  if (code === 'auth_error') return 'auth-failure';
  if (code === 'rate_limit_exceeded') return 'rate-limited';
  return classifyStatus(answer.status, code !== undefined);
};

/** No header tells; the text sometimes does: `API requests too frequent: endpoint threshold=3.0`. */
const readRetryAfterSeconds = ({ text: body }: ProviderAnswer): number | undefined => {
  const seconds = /threshold=(\d+(?:\.\d+)?)/.exec(body)?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds));
};

/** Vast.ai: v1 list with a cursor, v0 destroy, dollars for the whole instance, disk that bills when stopped. */
const createVast: ProviderFactory = (options) => {
  const client = createProviderClient({
    provider: 'vast',
    baseUrl: options.baseUrl ?? BASE_URL,
    options,
    classify,
    readRetryAfterSeconds,
  });

  return {
    key: 'vast',
    capabilities: {
      lists: true,
      canTerminate: true,
      canStop: true,
      reportsUtilization: true,
      reportsAddress: true,
      // An instance that was outbid is just stopped.
      reportsPreemption: false,
      reportsCreation: true,
    },
    pacing: [LIST_BUCKET, DESTROY_BUCKET],
    listInstances: () =>
      collectPages(client, async (token) => {
        const query = new URLSearchParams({
          limit: String(PAGE_SIZE),
          order_by: '[{"col":"id","dir":"asc"}]',
        });
        if (token !== undefined) query.set('after_token', token);
        const request = { bucket: LIST_BUCKET, method: 'GET', path: `/api/v1/instances/?${query}` } as const;
        const page = client.parse(request, await client.send(request), listSchema);
        return {
          instances: (page.instances ?? []).map(toInstance),
          nextToken: page.next_token ?? undefined,
          total: page.total_instances,
        };
      }),
    terminate: (instanceId) =>
      asTerminateOutcome(client, async () => {
        // Also for safety: without an id this path destroys in bulk.
        if (!/^[1-9]\d*$/.test(instanceId))
          return { outcome: 'refused', detail: `"${instanceId}" is no id of Vast.ai` };
        const request = {
          bucket: DESTROY_BUCKET,
          method: 'DELETE',
          path: `/api/v0/instances/${instanceId}/`,
          body: {},
        } as const;
        const answer = await client.send(request);
        const code = errorCodeOf(answer);
        if (code === 'no_such_instance' || code === 'not_found')
          return { outcome: 'gone-confirm', detail: code };
        if (code !== undefined) return { outcome: 'refused', detail: code };
        client.parse(request, answer, successSchema);
        return { outcome: 'accepted', detail: 'destroyed' };
      }),
  };
};

export { createVast };
