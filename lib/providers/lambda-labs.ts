import * as z from 'zod';
import { classifyStatus, type ProviderAnswer } from './classify-status.ts';
import { collectPages } from './collect-pages.ts';
import type { Instance, InstanceStatus } from './instance.ts';
import { type Charging, chargeFields, microUsdFromCents } from './money.ts';
import { createProviderClient } from './provider-client.ts';
import type { ProviderErrorKind } from './provider-error.ts';
import type { ProviderFactory } from './provider-port.ts';
import { readCreatedAt } from './read-created-at.ts';
import { asTerminateOutcome } from './terminate-outcome.ts';

const BASE_URL = 'https://cloud.lambda.ai/api/v1';
/** About one request per second over all calls (providers.md 1.1). */
const BUCKET = { name: 'account', minimumIntervalSeconds: 1.1 } as const;

/** Messages may change; the code does not. */
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string().optional() }) });

/** Everything that the API documents as optional may be missing. Tokens and URLs of notebooks are not taken. */
const lambdaInstanceSchema = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  status: z.string().min(1),
  ip: z.string().nullish(),
  region: z.object({ name: z.string() }),
  instance_type: z.object({
    gpu_description: z.string().nullish(),
    price_cents_per_hour: z.int().nonnegative(),
    specs: z.object({ gpus: z.int().nonnegative() }),
  }),
  actions: z
    .object({ terminate: z.object({ available: z.boolean(), reason_code: z.string().nullish() }).optional() })
    .nullish(),
  first_healthy: z.string().nullish(),
});
type LambdaInstance = z.infer<typeof lambdaInstanceSchema>;

/** Pages are not documented; when a token comes, it is followed. */
const listSchema = z.object({ data: z.array(lambdaInstanceSchema), page_token: z.string().min(1).nullish() });
const oneSchema = z.object({ data: lambdaInstanceSchema });
const terminatedSchema = z.object({
  data: z.object({ terminated_instances: z.array(z.object({ id: z.string() })) }),
});

/** Billing runs from the first passed health check until somebody terminates, also while unhealthy (providers.md 1.3). */
const states = new Map<string, { status: InstanceStatus; charging: Charging }>([
  ['booting', { status: 'booting', charging: 'free' }],
  ['active', { status: 'running', charging: 'charged' }],
  ['unhealthy', { status: 'unhealthy', charging: 'charged' }],
  ['terminating', { status: 'terminating', charging: 'free' }],
  ['terminated', { status: 'terminated', charging: 'free' }],
  ['preempted', { status: 'preempted', charging: 'free' }],
]);

const toInstance = (raw: LambdaInstance): Instance => {
  const state = states.get(raw.status) ?? { status: 'unknown', charging: 'unknown' };
  const price = microUsdFromCents(raw.instance_type.price_cents_per_hour);
  return {
    provider: 'lambda-labs',
    instanceId: raw.id,
    status: state.status,
    rawStatus: raw.status,
    name: raw.name ?? undefined,
    address: raw.ip ?? undefined,
    region: raw.region.name,
    gpuType: raw.instance_type.gpu_description ?? undefined,
    gpuCount: raw.instance_type.specs.gpus,
    priceMicroUsdPerHour: price,
    ...chargeFields(state.charging, price),
    createdAt: readCreatedAt(raw.first_healthy),
  };
};

const errorCodeOf = ({ json }: ProviderAnswer): string | undefined =>
  errorSchema.safeParse(json).data?.error.code;

const AUTH_CODES: readonly string[] = [
  'global/invalid-api-key',
  'global/account-inactive',
  'global/forbidden',
];

const classify = (answer: ProviderAnswer): ProviderErrorKind | undefined => {
  const code = errorCodeOf(answer);
  if (code !== undefined && AUTH_CODES.includes(code)) return 'auth-failure';
  // `provider/…`: somebody behind Lambda failed.
  if (code === 'global/internal-error' || code?.startsWith('provider/')) return 'transient';
  return classifyStatus(answer.status, code !== undefined);
};

/** Lambda Labs: no stop, no utilisation, whole cents for the whole instance. */
const createLambdaLabs: ProviderFactory = (options) => {
  const client = createProviderClient({
    provider: 'lambda-labs',
    baseUrl: options.baseUrl ?? BASE_URL,
    options,
    classify,
  });
  const isGone = (answer: ProviderAnswer): boolean =>
    answer.status === 404 && errorCodeOf(answer) === 'global/object-does-not-exist';

  return {
    key: 'lambda-labs',
    capabilities: {
      lists: true,
      canTerminate: true,
      canStop: false,
      reportsUtilization: false,
      reportsAddress: true,
      reportsPreemption: true,
      reportsCreation: false,
    },
    pacing: [BUCKET],
    listInstances: () =>
      collectPages(client, async (token) => {
        const query = token === undefined ? '' : `?page_token=${encodeURIComponent(token)}`;
        const request = { bucket: BUCKET, method: 'GET', path: `/instances${query}` } as const;
        const page = client.parse(request, await client.send(request), listSchema);
        return { instances: page.data.map(toInstance), nextToken: page.page_token ?? undefined };
      }),
    terminate: (instanceId) =>
      asTerminateOutcome(client, async () => {
        if (!/^[\w-]+$/.test(instanceId))
          return { outcome: 'refused', detail: `"${instanceId}" is no id of Lambda Labs` };
        // Read first: a second termination is answered with an error that says nothing (providers.md 1.3).
        const read = { bucket: BUCKET, method: 'GET', path: `/instances/${instanceId}` } as const;
        const current = await client.send(read);
        if (isGone(current)) return { outcome: 'gone-confirm', detail: 'not found' };
        const { data: instance } = client.parse(read, current, oneSchema);
        if (instance.id !== instanceId)
          return { outcome: 'unknown', detail: `asked for ${instanceId}, got ${instance.id}` };
        if (instance.status === 'terminated' || instance.status === 'preempted') {
          return { outcome: 'gone-confirm', detail: `already ${instance.status}` };
        }
        if (
          instance.status === 'terminating' ||
          instance.actions?.terminate?.reason_code === 'vm-is-terminating'
        ) {
          return { outcome: 'accepted', detail: 'already terminating' };
        }
        const request = {
          bucket: BUCKET,
          method: 'POST',
          path: '/instance-operations/terminate',
          body: { instance_ids: [instanceId] },
        } as const;
        const answer = await client.send(request);
        if (isGone(answer)) return { outcome: 'gone-confirm', detail: 'not found' };
        const code = errorCodeOf(answer);
        if (code === 'global/conflict') return { outcome: 'transient', detail: code };
        if (code === 'global/invalid-parameters' || code === 'global/quota-exceeded')
          return { outcome: 'refused', detail: code };
        if (code !== undefined) return { outcome: 'unknown', detail: code };
        // A 200 counts only when it names this instance.
        const { terminated_instances } = client.parse(request, answer, terminatedSchema).data;
        return terminated_instances.some(({ id }) => id === instanceId)
          ? { outcome: 'accepted', detail: 'terminating' }
          : { outcome: 'unknown', detail: 'answered 200 without this instance' };
      }),
  };
};

export { createLambdaLabs };
