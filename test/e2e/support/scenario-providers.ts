import { FUNCTIONS, LISTED_PROVIDERS } from '../../../lib/constants.ts';
import type { Check } from './scenario-check.ts';
import { findRecord, type Key, logIn, missOnce, rentNode, runReconcile } from './scenario-instance.ts';
import type { Stage } from './scenario-stage.ts';

const reconcile = FUNCTIONS.reconcileInstances;
const ruleOf = (provider: Key): string => `${reconcile}-${provider}`;

/** A rented instance and the node on it, which does nothing more. */
const rentSilentNode = async (
  stage: Stage,
  provider: Key,
): Promise<{ readonly nodeId: string; readonly instanceId: string }> => {
  const { node, instanceId } = await rentNode(stage, provider);
  node.close();
  return { nodeId: node.nodeId, instanceId };
};

const providerChecks: readonly Check[] = [
  ...LISTED_PROVIDERS.map((provider, index) => ({
    name: `a cycle of ${provider}, with the key from Secrets Manager, confirms which instance a node is, and what it costs`,
    // One is enough for the function that all share.
    covers: [`rule ${ruleOf(provider)}`, ...(index === 0 ? [reconcile] : [])],
    cloud: 'still' as const,
    run: async (stage: Stage) => {
      const { nodeId, instanceId } = await rentSilentNode(stage, provider);
      await runReconcile(stage, provider);
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
      const { nodeId, instanceId } = await rentSilentNode(stage, 'vast');
      await runReconcile(stage, 'vast');
      stage.simulators.of('vast').account.preempt(instanceId, true);
      await missOnce(stage, 'vast', instanceId);
      await runReconcile(stage, 'vast');
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
      await rentSilentNode(stage, 'runpod');
      // The meter runs from the first look on.
      await runReconcile(stage, 'runpod');
      await runReconcile(stage, 'runpod');
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
    isAlone: true,
    run: async (stage) => {
      const { providerStates } = stage.operator.stores;
      for (const provider of LISTED_PROVIDERS) await logIn(stage, provider);
      await stage.untilScheduled(async () => {
        const states = await Promise.all(LISTED_PROVIDERS.map((provider) => providerStates.get(provider)));
        return states.every((state) => state?.listedAt !== undefined);
      }, 'a cycle of each provider that nobody started');
    },
  },
];

export { providerChecks };
