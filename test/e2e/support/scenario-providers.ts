import { randomUUID } from 'node:crypto';
import { FUNCTIONS, LISTED_PROVIDERS, resourceName } from '../../../lib/constants.ts';
import type { InstanceRecord } from '../../../lib/providers/instance-record.ts';
import { offerFor } from '../../../local/providers/offers.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { Check } from './scenario-check.ts';
import { enrolNode } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';
import { waitFor } from './wait-for.ts';

const reconcile = FUNCTIONS.reconcileInstances;
type Key = (typeof LISTED_PROVIDERS)[number];

/** Each schedule fires each minute; a cycle takes a moment. */
const SCHEDULE_SECONDS = 65;

const LONG_AGO = '2026-01-31T12:00:00.000Z';

const ruleOf = (provider: Key): string => `${reconcile}-${provider}`;

const runCycle = ({ cloud }: Stage, provider: Key): Promise<void> =>
  cloud.tick(resourceName(LOCAL_STAGE, ruleOf(provider)));

/** Stores a key that this stage alone knows; the provider takes no other. Checks that share the stage share the key. */
const logIn = async ({ operator, simulators }: Stage, provider: Key): Promise<void> => {
  const { providerSecrets } = operator.stores;
  if ((await providerSecrets.read(provider)) !== undefined) return;
  const { keys } = simulators.of(provider);
  const apiKey = randomUUID();
  keys.clear();
  keys.add(apiKey);
  await providerSecrets.write(provider, JSON.stringify({ apiKey }));
};

/** A rented instance and the node on it. */
const rentNode = async (
  stage: Stage,
  provider: Key,
): Promise<{ readonly nodeId: string; readonly instanceId: string }> => {
  await logIn(stage, provider);
  const { id: instanceId } = await stage.simulators.of(provider).account.rent(offerFor(provider, 0));
  const node = await enrolNode(stage.cloud, { provider, instanceId });
  node.close();
  return { nodeId: node.nodeId, instanceId };
};

const findRecord = async (
  { operator }: Stage,
  provider: Key,
  instanceId: string,
): Promise<InstanceRecord> => {
  const records = await operator.stores.instances.list(provider);
  const record = records.find(({ instance }) => instance.instanceId === instanceId);
  if (record === undefined) throw new Error(`${provider} ${instanceId} has no record`);
  return record;
};

/** The instance is gone, and a listing lacked it long ago already: the next one is the second in a row. */
const loseInstance = async (stage: Stage, provider: Key, instanceId: string): Promise<void> => {
  const { providerStates, instances } = stage.operator.stores;
  stage.simulators.of(provider).account.preempt(instanceId, true);
  const state = await providerStates.get(provider);
  if (state === undefined) throw new Error(`${provider} was never listed`);
  const { revision, ...known } = state;
  const { revision: recordRevision, ...record } = await findRecord(stage, provider, instanceId);
  const missed = { misses: 1, missedAt: LONG_AGO, missedListing: state.listingNumber };
  const isWritten =
    (await providerStates.put({ ...known, completeAt: LONG_AGO }, revision)) &&
    (await instances.put({ ...record, ...missed }, recordRevision));
  if (!isWritten) throw new Error('a cycle that nobody started came in between');
};

const providerChecks: readonly Check[] = [
  ...LISTED_PROVIDERS.map((provider, index) => ({
    name: `a cycle of ${provider}, with the key from Secrets Manager, confirms which instance a node is, and what it costs`,
    // One is enough for the function that all share.
    covers: [`rule ${ruleOf(provider)}`, ...(index === 0 ? [reconcile] : [])],
    cloud: 'still' as const,
    run: async (stage: Stage) => {
      const { nodeId, instanceId } = await rentNode(stage, provider);
      await runCycle(stage, provider);
      const { nodes, providerStates } = stage.operator.stores;
      const state = await providerStates.get(provider);
      if (state?.listedAt === undefined || state.failure !== undefined)
        throw new Error(`${provider} is not listed: ${JSON.stringify(state)}`);
      if (!((state.spend?.microUsdPerHour ?? 0) > 0)) throw new Error(`${provider} seems to cost nothing`);
      const record = await findRecord(stage, provider, instanceId);
      if (record.nodeId !== nodeId) throw new Error(`the record of ${instanceId} does not name ${nodeId}`);
      const binding = (await nodes.get(nodeId))?.binding;
      if (binding?.state !== 'confirmed')
        throw new Error(`${nodeId} is not confirmed: ${JSON.stringify(binding)}`);
    },
  })),
  {
    name: 'a cycle ends the node whose instance is gone, with an audit row and NodeLost',
    covers: [`AUDIT_TABLE of ${reconcile}`, `EVENT_BUS_NAME of ${reconcile}`],
    cloud: 'still',
    run: async (stage) => {
      const { operator, until } = stage;
      const { nodeId, instanceId } = await rentNode(stage, 'vast');
      await runCycle(stage, 'vast');
      await loseInstance(stage, 'vast', instanceId);
      await runCycle(stage, 'vast');
      const node = await operator.stores.nodes.get(nodeId);
      if (node?.lifecycle !== 'lost') throw new Error(`${nodeId} is ${node?.lifecycle}, not lost`);
      const rows = await operator.stores.audit.listBySubject(`node:${nodeId}`, 10);
      if (!rows.some(({ actor, action }) => actor === reconcile && action === 'end-node'))
        throw new Error(`the end of ${nodeId} has no audit row`);
      await until(
        async () => (await operator.events('NodeLost')).some(({ detail }) => detail['nodeId'] === nodeId),
        'NodeLost in the events log',
      );
    },
  },
  {
    name: 'a cycle holds new work back when the budget is spent, with BudgetReached',
    covers: [`CONTROL_TABLE of ${reconcile}`],
    cloud: 'still',
    run: async (stage) => {
      const { operator, until } = stage;
      const scope = 'provider:runpod';
      await operator.stores.budgets.put({ scope, monthMicroUsd: 1 }, undefined);
      await rentNode(stage, 'runpod');
      // The meter runs from the first look on.
      await runCycle(stage, 'runpod');
      await runCycle(stage, 'runpod');
      const holds = await operator.stores.holds.listLive(new Date());
      if (!holds.some((hold) => hold.scope === scope && hold.setBy === reconcile))
        throw new Error(`nothing holds ${scope} back`);
      await until(
        async () => (await operator.events('BudgetReached')).some(({ detail }) => detail['scope'] === scope),
        'BudgetReached in the events log',
      );
    },
  },
  {
    name: 'each provider is looked at by itself within each minute',
    covers: LISTED_PROVIDERS.map((provider) => `schedule ${ruleOf(provider)}`),
    cloud: 'scheduled',
    run: async (stage) => {
      const { providerStates } = stage.operator.stores;
      for (const provider of LISTED_PROVIDERS) await logIn(stage, provider);
      await waitFor(
        async () => {
          const states = await Promise.all(LISTED_PROVIDERS.map((provider) => providerStates.get(provider)));
          return states.every((state) => state?.listedAt !== undefined);
        },
        SCHEDULE_SECONDS,
        'a cycle of each provider that nobody started',
      );
    },
  },
];

export { providerChecks };
