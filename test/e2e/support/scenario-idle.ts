import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { FUNCTIONS, LISTED_PROVIDERS, resourceName, TABLES } from '../../../lib/constants.ts';
import type { EventName } from '../../../lib/events/catalogue.ts';
import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import { criteriaOf } from '../../../lib/idle/idle-snapshot.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { applyConfig } from './apply-config.ts';
import { releaseBrake } from './release-brake.ts';
import { publishModel } from './scenario-artifact.ts';
import type { Check } from './scenario-check.ts';
import {
  acknowledge,
  beatUntilRecorded,
  type Holdings,
  idleHeartbeat,
  nextCommand,
  reportHoldings,
  storeHoldings,
} from './scenario-drained-node.ts';
import {
  type Key,
  LONG_AGO,
  missOnce,
  type RentedNode,
  rentNode,
  runReconcile,
} from './scenario-instance.ts';
import type { ScriptedNode } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

const shutDown = FUNCTIONS.shutDownIdle;

/** Ends what is idle without any wait; the limits of the idle clock stay as built in. */
const AT_ONCE = {
  mode: 'enforce',
  bootGraceSeconds: 0,
  idleThresholdSeconds: 10,
  minimumSamples: 2,
  drainPeriodSeconds: 0,
  acknowledgeSeconds: 600,
  terminationGapSeconds: 0,
  dailyTerminationMinimum: 100,
  minimumSavingUsdPerHour: '0',
  retain: 0,
} as const;

const ruleOf = (provider: Key): string => `${shutDown}-${provider}`;

const runShutDown = ({ cloud }: Stage, provider: Key): Promise<void> =>
  cloud.tick(resourceName(LOCAL_STAGE, ruleOf(provider)));

/** An active node on a rented instance, where nobody consumes the reports. */
const rentActiveNode = async (stage: Stage, provider: Key): Promise<ScriptedNode> => {
  const { node } = await rentNode(stage, provider);
  const { nodeId, bootId } = node;
  await stage.operator.stores.nodes.recordHeartbeat(nodeId, {
    bootId,
    seq: 1,
    heartbeat: idleHeartbeat,
    sentAt: new Date(),
  });
  return node;
};

/** The idle clock of the node has run since long ago. */
const backdateIdleClock = async ({ operator }: Stage, nodeId: string): Promise<void> => {
  await operator.clients.documents.send(
    new UpdateCommand({
      TableName: resourceName(LOCAL_STAGE, TABLES.nodes),
      Key: { nodeId },
      UpdateExpression: 'SET idleClock.idleSince = :since, idleClock.samples = :samples',
      ExpressionAttributeValues: { ':since': LONG_AGO, ':samples': 100 },
    }),
  );
};

/** A node that may drain now, with one model that the store has. */
const rentIdleNode = async (
  stage: Stage,
  provider: Key,
): Promise<RentedNode & { readonly holdings: Holdings }> => {
  const rented = await rentNode(stage, provider);
  const { node } = rented;
  await beatUntilRecorded(stage, node);
  await runReconcile(stage, provider);
  await runShutDown(stage, provider);
  const { digest: configDigest } = (await nextCommand(stage, node, 'configure')).configuration;
  const { artifact } = await publishModel(stage.operator);
  const holdings = await storeHoldings(node, configDigest, [artifact]);
  await reportHoldings(stage, node, holdings);
  await backdateIdleClock(stage, node.nodeId);
  await beatUntilRecorded(stage, node, { configDigest });
  return { ...rented, holdings };
};

const lifecycleIs = async ({ operator }: Stage, nodeId: string, expected: string): Promise<void> => {
  const node = await operator.stores.nodes.get(nodeId);
  if (node?.lifecycle !== expected) throw new Error(`${nodeId} is ${node?.lifecycle}, not ${expected}`);
};

const isTold = ({ operator, until }: Stage, name: EventName, nodeId: string): Promise<unknown> =>
  until(
    async () => (await operator.events(name)).some(({ detail }) => detail['nodeId'] === nodeId),
    `${name} of ${nodeId} in the events log`,
  );

const idleChecks: readonly Check[] = [
  ...LISTED_PROVIDERS.map((provider, index) => ({
    name: `a cycle of ${provider} tells the agent of its node what is data`,
    // One is enough for the function that all share.
    covers: [`rule ${ruleOf(provider)}`, ...(index === 0 ? [shutDown] : [])],
    cloud: 'still' as const,
    run: async (stage: Stage) => {
      const node = await rentActiveNode(stage, provider);
      try {
        await runShutDown(stage, provider);
        await nextCommand(stage, node, 'configure');
      } finally {
        node.close();
      }
    },
  })),
  {
    name: 'a heartbeat runs the idle clock by the limits of the configuration that holds',
    covers: [FUNCTIONS.recordReports, `CONTROL_TABLE of ${FUNCTIONS.recordReports}`],
    cloud: 'running',
    run: async (stage) => {
      const scripted = await stage.node();
      await beatUntilRecorded(stage, scripted);
      const node = await stage.operator.stores.nodes.get(scripted.nodeId);
      if (node === undefined) throw new Error(`${scripted.nodeId} has no item`);
      const { digest } = criteriaOf(resolveIdlePolicy({}, node));
      if (node.idleClock?.criteria !== digest || node.idleClock.idleSince === undefined)
        throw new Error(`the idle clock is ${JSON.stringify(node.idleClock)}, not by ${digest}`);
    },
  },
  {
    name: 'an idle node drains, promises, is terminated and confirmed as gone, with audit rows and events',
    // What the cheaper checks above, which the same function must pass, cannot see.
    covers: [
      `ARTIFACTS_TABLE of ${shutDown}`,
      `AUDIT_TABLE of ${shutDown}`,
      `EVENT_BUS_NAME of ${shutDown}`,
      `ARTIFACT_BUCKET of ${shutDown}`,
      `WORK_TABLE of ${shutDown}`,
    ],
    cloud: 'running',
    run: async (stage) => {
      const { operator, simulators } = stage;
      await applyConfig(stage.cloud, { idle: AT_ONCE });
      await releaseBrake(operator);
      const { node, instanceId, holdings } = await rentIdleNode(stage, 'vast');
      const { nodeId } = node;
      try {
        await runShutDown(stage, 'vast');
        await acknowledge(stage, node, await nextCommand(stage, node, 'drain'), holdings);
        await isTold(stage, 'NodeDrainStarted', nodeId);
        const { requests, account } = simulators.of('vast');
        if (requests.statistics().terminationsById[instanceId] !== undefined)
          throw new Error(`the end of ${instanceId} was asked for before its node promised`);

        await runShutDown(stage, 'vast');

        await lifecycleIs(stage, nodeId, 'terminating');
        if (requests.statistics().terminationsById[instanceId] !== 1)
          throw new Error(`the end of ${instanceId} was not asked for once`);
        if (account.find(instanceId) !== undefined) throw new Error(`${instanceId} is still there`);
        await isTold(stage, 'NodeTerminating', nodeId);
        await missOnce(stage, 'vast', instanceId);
        await runReconcile(stage, 'vast');
        await lifecycleIs(stage, nodeId, 'terminated');
        await isTold(stage, 'NodeTerminated', nodeId);
        const rows = await operator.stores.audit.listBySubject(`node:${nodeId}`, 10);
        const actions = rows.filter(({ actor }) => actor === shutDown).map(({ action }) => action);
        if (actions.toSorted().join() !== 'drain-node,terminate-node')
          throw new Error(`the audit rows of ${nodeId} are: ${actions.join()}`);
      } finally {
        node.close();
      }
    },
  },
  {
    name: 'idle nodes of each provider are looked for by themselves within each minute',
    covers: LISTED_PROVIDERS.map((provider) => `schedule ${ruleOf(provider)}`),
    cloud: 'scheduled',
    isAlone: true,
    run: async (stage) => {
      const waiting = new Map<Key, ScriptedNode>();
      for (const provider of LISTED_PROVIDERS) waiting.set(provider, await rentActiveNode(stage, provider));
      const look = async (): Promise<boolean> => {
        for (const [provider, node] of waiting) {
          if ((await node.takeCommand())?.type !== 'configure') continue;
          node.close();
          waiting.delete(provider);
        }
        return waiting.size === 0;
      };
      try {
        await stage.untilScheduled(look, 'a cycle of each provider that nobody started');
      } finally {
        for (const node of waiting.values()) node.close();
      }
    },
  },
];

export { idleChecks };
