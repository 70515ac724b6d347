import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, resourceName } from '../../lib/constants.ts';
import { randomIds } from '../../lib/ids.ts';
import type { Node } from '../../lib/nodes/node.ts';
import type { InstanceRecord } from '../../lib/providers/instance-record.ts';
import { PACE_POLICY } from '../../lib/providers/pace.ts';
import { providerFactories } from '../../lib/providers/registry.ts';
import { createSharedGate } from '../../lib/providers/shared-gate.ts';
import { systemClock } from '../../lib/time.ts';
import { systemWait } from '../../lib/wait.ts';
import type { FaultName } from '../../local/providers/faults.ts';
import { offerFor } from '../../local/providers/offers.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { type BootedProviders, bootProviders } from './support/boot-providers.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

/** The real function and adapters before simulated providers, with real agents on the instances. */

const keys = ['lambda-labs', 'vast', 'runpod'] as const;
type Key = (typeof keys)[number];
/** Listings closer together are one look at the provider. */
const LOOK_GAP_MS = 12_000;
const folder = temporaryFolder('providers');
let booted: BootedProviders;
let operator: Operator;
let hasAgent = true;

const reconcile = (key: Key): Promise<void> =>
  booted.cloud.tick(resourceName(LOCAL_STAGE, `${FUNCTIONS.reconcileInstances}-${key}`));

const allRecords = async (): Promise<InstanceRecord[]> =>
  (await Promise.all(keys.map((key) => operator.stores.instances.list(key)))).flat();

/** Of all instances that are there. */
const nodes = async (): Promise<Node[]> => {
  const living = (await allRecords()).filter(({ goneAt }) => goneAt === undefined);
  const found = await Promise.all(living.map(({ nodeId = '' }) => operator.stores.nodes.get(nodeId)));
  return found.filter((node) => node !== undefined);
};

beforeAll(async () => {
  booted = await bootProviders(folder, { hasAgent: () => hasAgent });
  operator = createOperator(booted.cloud);
  for (const key of keys) {
    for (const index of [0, 1]) await booted.simulators.of(key).account.rent(offerFor(key, index));
  }
  await waitFor(
    async () => {
      for (const key of keys) await reconcile(key);
      const all = await nodes();
      const isThere = ({ binding, lifecycle }: Node): boolean =>
        binding?.state === 'confirmed' && lifecycle === 'active';
      return all.length === 6 && all.every(isThere);
    },
    90,
    'six nodes, each active and bound to its instance',
  );
}, 180_000);
afterAll(async () => {
  await booted?.stop();
});

const listFaults: readonly (readonly [Key, FaultName, string])[] = [
  ['lambda-labs', 'edge-blocked', 'edge-blocked'],
  ['lambda-labs', 'cut-body', 'unexpected-shape'],
  ['lambda-labs', 'unauthorized', 'auth-failure'],
  ['lambda-labs', 'bad-gateway', 'transient'],
  ['vast', 'not-found-auth-error', 'auth-failure'],
  ['vast', 'gone', 'unexpected-shape'],
  ['vast', 'half-list', 'incomplete'],
  ['runpod', 'empty-body', 'unexpected-shape'],
  ['runpod', 'server-error', 'transient'],
  ['runpod', 'connection-reset', 'transient'],
  ['runpod', 'changed-shape', 'unexpected-shape'],
  ['runpod', 'no-answer', 'transient'],
  ['vast', 'rate-limited', 'rate-limited'],
];

describe('reconcile-instances before the simulated providers', () => {
  it('knows every instance, with its price and its node', async () => {
    const records = await allRecords();

    const known = records.map(({ instance }) => instance.instanceId).toSorted();
    const listed = booted.simulators.all.flatMap(({ account }) => account.listed().map(({ id }) => id));
    expect(known).toEqual(listed.toSorted());
    expect(records.every(({ nodeId }) => nodeId !== undefined)).toBe(true);
    expect(records.every(({ instance: { chargeMicroUsdPerHour } }) => (chargeMicroUsdPerHour ?? 0) > 0)).toBe(
      true,
    );
  });

  it.each(listFaults)(
    '%s: %s leaves the inventory as it was, and is told as %s [providers#0-2]',
    async (key, fault, kind) => {
      const { faults } = booted.simulators.of(key);
      faults.inject({ fault, on: 'list' });

      await reconcile(key);
      const broken = await operator.stores.providerStates.get(key);
      faults.clear();

      expect(broken?.failure?.kind).toBe(kind);
      expect(
        (await operator.stores.instances.list(key)).map(({ misses, goneAt }) => [misses, goneAt]),
      ).toEqual([
        [0, undefined],
        [0, undefined],
      ]);
      expect((await nodes()).map(({ lifecycle }) => lifecycle)).toEqual(
        Array.from({ length: 6 }, () => 'active'),
      );
      await waitFor(
        async () => {
          await reconcile(key);
          return (await operator.stores.providerStates.get(key))?.failure === undefined;
        },
        60,
        `${key} to be listed again`,
      );
    },
  );

  it.each([
    ['vanished without a word', 'runpod', true, 'NodeLost'],
    ['was taken back with notice', 'lambda-labs', false, 'NodePreempted'],
  ] as const)(
    'ends the node whose instance %s, after two looks and not after one',
    async (_how, key, silently, event) => {
      const { account } = booted.simulators.of(key);
      const [instance] = account.listed();
      const record = (await allRecords()).find((one) => one.instance.instanceId === instance?.id);
      const nodeId = record?.nodeId ?? '';
      const look = async (): Promise<string | undefined> => {
        await delay(LOOK_GAP_MS);
        await reconcile(key);
        return (await operator.stores.nodes.get(nodeId))?.lifecycle;
      };

      account.preempt(instance?.id ?? '', silently);
      const lifecycles = [await look(), await look()];

      expect(lifecycles).toEqual(['active', 'lost']);
      const told = await waitFor(
        async () => (await operator.events(event)).find(({ detail }) => detail['nodeId'] === nodeId),
        10,
        event,
      );
      expect(told.detail).toMatchObject({ provider: key, instanceId: instance?.id });
    },
  );

  it('keeps two functions together under the rate limit of one provider', async () => {
    const { requests, baseUrl, keys: accepted } = booted.simulators.of('vast');
    requests.clear();
    const callers = [1, 2].map(() =>
      providerFactories.vast({
        apiKey: async () => [...accepted][0] ?? '',
        reloadApiKey: async () => [...accepted][0] ?? '',
        fetch,
        clock: systemClock,
        wait: systemWait,
        gate: createSharedGate({
          provider: 'vast',
          paces: operator.stores.paces,
          clock: systemClock,
          wait: systemWait,
          ids: randomIds,
          // A busy machine may hold one request back by more than the margin of a real one.
          policy: { ...PACE_POLICY, intervalMarginSeconds: 0.6 },
          warn: (message) => expect.unreachable(message),
        }),
        baseUrl,
      }),
    );

    const listings = await Promise.all(
      callers.flatMap((caller) => [1, 2, 3].map(() => caller.listInstances())),
    );

    expect(listings.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(requests.statistics()).toMatchObject({ total: 6, rateLimited: 0 });
  });

  it('alarms about an instance that bills without an agent, once, and does nothing to it', async () => {
    const { account } = booted.simulators.of('vast');
    hasAgent = false;
    const { id } = await account.rent(offerFor('vast', 2));
    const find = async () => (await allRecords()).find(({ instance }) => instance.instanceId === id);
    const seen = await waitFor(
      async () => {
        await reconcile('vast');
        return find();
      },
      30,
      'the instance to be listed',
    );
    const { revision, ...record } = seen;
    const longAgo = new Date(Date.now() - 16 * 60_000).toISOString();
    await operator.stores.instances.put({ ...record, withoutNodeSince: longAgo }, revision);

    await waitFor(
      async () => {
        await reconcile('vast');
        return (await find())?.unmanagedAt;
      },
      30,
      'the instance to be found unmanaged',
    );
    await reconcile('vast');

    const told = (await operator.events('NodeUnmanaged')).filter(({ detail }) => detail['instanceId'] === id);
    expect(told).toHaveLength(1);
    expect(told[0]?.detail).toMatchObject({ provider: 'vast', withoutNodeSince: longAgo });
    // What the alarm `unmanaged-vast` of the stack watches.
    expect((await operator.stores.providerStates.get('vast'))?.counts?.unmanaged).toBe(1);
    expect(account.listed().map((instance) => instance.id)).toContain(id);
  });
});
