import { isIP } from 'node:net';
import * as z from 'zod';
import { classifyStatus, type ProviderAnswer } from './classify-status.ts';
import { collectPages } from './collect-pages.ts';
import type { Instance, InstanceStatus } from './instance.ts';
import { chargeFields, microUsdFromUsd } from './money.ts';
import { createProviderClient } from './provider-client.ts';
import type { ProviderErrorKind } from './provider-error.ts';
import type { ProviderFactory, TerminateOutcome } from './provider-port.ts';
import { readCreatedAt } from './read-created-at.ts';
import { asTerminateOutcome } from './terminate-outcome.ts';

/** v1 (`rest.runpod.io`) is gone. */
const BASE_URL = 'https://api.runpod.io/v2';
/** Limits differ per account: the RateLimit headers tell them. */
const BUCKET = { name: 'account', minimumIntervalSeconds: 0 } as const;
/** Documented nowhere, seen as default and maximum: as many pods without a word about pages may be a part. */
const LARGEST_PAGE = 1000;
/** A persistent disk of a stopped pod: $0.20 per GB and month of 730 hours (providers.md 3.3). */
const STOPPED_USD_PER_GB_HOUR = 0.2 / 730;

/** `application/problem+json`; the shape of v1 (`message`, `error`) is not taken for it. */
const problemSchema = z.object({ title: z.string(), status: z.int(), detail: z.string().optional() });

/** `env` holds secrets and is not taken. */
const podSchema = z.object({
  id: z.string().min(1),
  status: z.string().min(1),
  name: z.string().nullish(),
  gpu: z.object({ id: z.string(), count: z.int().nonnegative() }).nullish(),
  mounts: z.object({ persistent: z.object({ size: z.number().nonnegative() }).nullish() }).nullish(),
  dataCenterId: z.string().nullish(),
  ssh: z.object({ direct: z.object({ host: z.string() }).nullish() }).nullish(),
  cost: z.number().nullish(),
  locked: z.boolean().nullish(),
  runtime: z.object({ gpus: z.array(z.object({ util: z.number().nullish() })).nullish() }).nullish(),
  actions: z.array(z.string()).nullish(),
  cluster: z.object({}).nullish(),
  createdAt: z.string().nullish(),
});
type Pod = z.infer<typeof podSchema>;

const listSchema = z.object({
  pods: z.array(podSchema),
  pagination: z.object({ hasNextPage: z.boolean(), nextCursor: z.string().min(1).nullish() }).nullish(),
});

const statuses = new Map<string, InstanceStatus>([
  ['PROVISIONING', 'booting'],
  ['STARTING', 'booting'],
  ['RUNNING', 'running'],
  ['EXITED', 'stopped'],
  ['ERROR', 'unhealthy'],
  ['TERMINATED', 'terminated'],
]);

/** 100.64.0.0/10 is the proxy's inner network: no public address. */
const isPublicAddress = (host: string): boolean =>
  isIP(host) !== 0 && !/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(host);

/** Undefined unless every GPU has a number: the one that is missing may be the busy one. */
const readUtilization = ({ runtime, gpu }: Pod): number[] | undefined => {
  const values = (runtime?.gpus ?? []).flatMap(({ util }) =>
    util === null || util === undefined || util < 0 || util > 100 ? [] : [util],
  );
  const expected = Math.max(runtime?.gpus?.length ?? 0, gpu?.count ?? 1);
  return values.length === expected ? values : undefined;
};

/** `cost` is what is charged now, and 0 while stopped although the disk bills. */
const readMoney = (pod: Pod, status: InstanceStatus): Partial<Instance> & Pick<Instance, 'bills'> => {
  const cost = microUsdFromUsd(pod.cost);
  const price = cost === 0 ? undefined : cost;
  const size =
    pod.mounts === null || pod.mounts === undefined ? undefined : (pod.mounts.persistent?.size ?? 0);
  const storage = size === undefined ? undefined : microUsdFromUsd(size * STOPPED_USD_PER_GB_HOUR);
  const prices = { priceMicroUsdPerHour: price, storagePriceMicroUsdPerHour: storage };
  if (status === 'terminated') return { ...prices, ...chargeFields('free') };
  if (status === 'stopped') {
    if (storage === undefined) return { ...prices, ...chargeFields('unknown') };
    return { ...prices, ...(storage === 0 ? chargeFields('free') : chargeFields('charged', storage)) };
  }
  // An unknown word, or nothing charged for what should cost: nobody knows.
  return { ...prices, ...(status === 'unknown' ? chargeFields('unknown') : chargeFields('charged', cost)) };
};

const toInstance = (pod: Pod): Instance => {
  const status = statuses.get(pod.status) ?? 'unknown';
  const host = pod.ssh?.direct?.host;
  return {
    provider: 'runpod',
    instanceId: pod.id,
    status,
    rawStatus: pod.status,
    name: pod.name ?? undefined,
    address: host !== undefined && isPublicAddress(host) ? host : undefined,
    region: pod.dataCenterId ?? undefined,
    gpuType: pod.gpu?.id,
    gpuCount: pod.gpu?.count,
    gpuUtilizationPercent: readUtilization(pod),
    ...readMoney(pod, status),
    locked: pod.locked ?? undefined,
    createdAt: readCreatedAt(pod.createdAt),
  };
};

const isProblem = ({ json }: ProviderAnswer): boolean => problemSchema.safeParse(json).success;
const detailOf = ({ json, status }: ProviderAnswer): string =>
  problemSchema.safeParse(json).data?.detail ?? `answered ${status}`;

const classify = (answer: ProviderAnswer): ProviderErrorKind | undefined =>
  classifyStatus(answer.status, isProblem(answer));

/** What forbids to terminate this pod, or undefined. */
const refusalOf = (pod: Pod): string | undefined => {
  if (pod.locked === true) return 'the pod is locked';
  if (pod.cluster !== null && pod.cluster !== undefined) return 'the pod belongs to a cluster';
  if (pod.actions !== null && pod.actions !== undefined && !pod.actions.includes('terminate')) {
    return `the pod allows ${pod.actions.join(', ') || 'nothing'}, not terminate`;
  }
  return undefined;
};

/** RunPod, REST v2: dollars for the whole pod, utilisation per GPU, 404 for gone and for not ours. */
const createRunpod: ProviderFactory = (options) => {
  const client = createProviderClient({
    provider: 'runpod',
    baseUrl: options.baseUrl ?? BASE_URL,
    options,
    classify,
  });
  /** Once this account's list came with a word about pages, a list without it is another shape. */
  let pagesAreKnown = false;

  const gone = (answer: ProviderAnswer): TerminateOutcome | undefined => {
    if (answer.status !== 404) return undefined;
    return { outcome: isProblem(answer) ? 'gone-confirm' : 'unknown', detail: detailOf(answer) };
  };

  return {
    key: 'runpod',
    capabilities: {
      lists: true,
      canTerminate: true,
      canStop: true,
      reportsUtilization: true,
      reportsAddress: true,
      reportsPreemption: false,
      reportsCreation: true,
    },
    pacing: [BUCKET],
    listInstances: () =>
      collectPages(client, async (token) => {
        // Pods of clusters are left out unless asked for, and they bill.
        const query = new URLSearchParams({ includeClusterPods: 'true' });
        if (token !== undefined) query.set('cursor', token);
        const request = { bucket: BUCKET, method: 'GET', path: `/pods?${query}` } as const;
        const { pods, pagination } = client.parse(request, await client.send(request), listSchema);
        if ((pagination ?? undefined) === undefined && (pagesAreKnown || pods.length >= LARGEST_PAGE)) {
          throw client.fail('incomplete', 'the list does not say whether more pages follow');
        }
        pagesAreKnown ||= (pagination ?? undefined) !== undefined;
        if (pagination?.hasNextPage && (pagination.nextCursor ?? undefined) === undefined) {
          throw client.fail('incomplete', 'the list says that more pages follow, and not where');
        }
        const nextToken = pagination?.hasNextPage ? (pagination.nextCursor ?? undefined) : undefined;
        return { instances: pods.map(toInstance), nextToken };
      }),
    terminate: (instanceId) =>
      asTerminateOutcome(client, async () => {
        if (!/^[\w-]+$/.test(instanceId))
          return { outcome: 'refused', detail: `"${instanceId}" is no id of RunPod` };
        const path = `/pods/${instanceId}`;
        // Read first: a lock and the allowed actions stand in the pod only.
        const read = { bucket: BUCKET, method: 'GET', path } as const;
        const current = await client.send(read);
        const goneBefore = gone(current);
        if (goneBefore !== undefined) return goneBefore;
        const pod = client.parse(read, current, podSchema);
        if (pod.id !== instanceId)
          return { outcome: 'unknown', detail: `asked for ${instanceId}, got ${pod.id}` };
        if (pod.status === 'TERMINATED') return { outcome: 'gone-confirm', detail: 'already TERMINATED' };
        const refusal = refusalOf(pod);
        if (refusal !== undefined) return { outcome: 'refused', detail: refusal };

        const answer = await client.send({ bucket: BUCKET, method: 'DELETE', path });
        const goneNow = gone(answer);
        if (goneNow !== undefined) return goneNow;
        if (answer.status === 204) return { outcome: 'accepted', detail: 'terminated' };
        return {
          outcome: answer.status >= 400 && isProblem(answer) ? 'refused' : 'unknown',
          detail: detailOf(answer),
        };
      }),
  };
};

export { createRunpod };
