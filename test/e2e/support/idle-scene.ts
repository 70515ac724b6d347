import { existsSync } from 'node:fs';
import type * as z from 'zod';
import type { fleetConfigSchema } from '../../../lib/config/fleet-config.ts';
import type { EventName } from '../../../lib/events/catalogue.ts';
import type { Heartbeat } from '../../../lib/nodes/heartbeat.ts';
import type { Node, Provider } from '../../../lib/nodes/node.ts';
import type { LoadChange } from '../../../local/providers/load.ts';
import { applyConfig } from './apply-config.ts';
import { dataFolderOf, minutesUntil, nodeIdOf, type Running } from './idle-fleet.ts';
import { createOperator } from './operator.ts';
import { startProvidersProcess } from './providers-process.ts';
import type { ShownInstance } from './sim-client.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

/** A node on a machine that was rented at a simulated provider. */
interface RentedNode {
  readonly nodeId: string;
  readonly provider: Provider;
  readonly instance: ShownInstance;
}

type IdleSection = NonNullable<z.input<typeof fleetConfigSchema>['idle']>;

const BUSY = 90;
const IDLE_SECONDS = 10;
/** Ten seconds of idleness end a node, and nothing else is waited for. */
const QUICK: IdleSection = {
  bootGraceSeconds: 0,
  idleThresholdSeconds: IDLE_SECONDS,
  minimumSamples: 3,
  drainPeriodSeconds: 0,
  acknowledgeSeconds: 300,
  terminationGapSeconds: 0,
  dailyTerminationMinimum: 1000,
  minimumSavingUsdPerHour: '0',
  retain: 0,
};

/** Real agents on simulated machines, in a cloud of their own process, and time that passes by hand. */
const createIdleScene = (name: string) => {
  const folder = temporaryFolder(name);
  let started: Running | undefined;
  const running = (): Running => {
    if (started === undefined) throw new Error('the scene has not started');
    return started;
  };
  const start = async (): Promise<void> => {
    const agentEnvironment = { DROVER_HEARTBEAT_SECONDS: '1', DROVER_INVENTORY_SECONDS: '2' };
    const booted = await startProvidersProcess(folder, agentEnvironment);
    started = { booted, operator: createOperator(booted.cloud), folder };
  };
  const get = async ({ nodeId }: RentedNode): Promise<Node> => {
    const node = await running().operator.stores.nodes.get(nodeId);
    if (node === undefined) throw new Error(`${nodeId} has no item`);
    return node;
  };
  const untilNode = (node: RentedNode, isLike: (item: Node) => boolean, what: string): Promise<unknown> =>
    waitFor(async () => isLike(await get(node)), 60, `${node.nodeId} to be ${what}`);
  return {
    folder,
    running,
    start,
    /** `kill -9` of cloud, providers and agents at once, and a new start in the same folder. */
    killAndStart: async (): Promise<void> => {
      await running().booted.kill();
      await start();
    },
    stop: async (): Promise<void> => {
      await started?.booted.stop();
    },
    /** Applies `QUICK` with this; results of agents are claimed. */
    configure: (idle: IdleSection): Promise<void> =>
      applyConfig(running().booted.cloud, {
        idle: { ...QUICK, ...idle },
        data: { claim: [{ glob: 'results/**', kind: 'other', name: 'results' }] },
      }),
    rent: async (provider: Exclude<Provider, 'static'>, load: LoadChange = {}): Promise<RentedNode> => {
      const instance = await running().booted.sim.rent(provider, { load });
      return { provider, instance, nodeId: await nodeIdOf(running(), instance) };
    },
    get,
    setGpu: ({ provider, instance }: RentedNode, gpuPercent: number): Promise<void> =>
      running().booted.sim.setLoad(provider, instance.id, { gpuPercent }),
    /** Requests for the end of the instance that the provider has seen since the last start. */
    terminations: ({ provider, instance }: RentedNode): Promise<number> =>
      running().booted.sim.terminations(provider, instance.id),
    /** Lets minutes pass until the node is there. */
    until: (node: RentedNode, lifecycle: Node['lifecycle']): Promise<Node> =>
      minutesUntil(running(), node, (item) => item.lifecycle === lifecycle, lifecycle),
    /** Waits without letting a minute pass. */
    untilNode,
    untilBeat: (node: RentedNode, isLike: (heartbeat: Heartbeat) => boolean): Promise<unknown> =>
      untilNode(
        node,
        ({ heartbeat }) => heartbeat !== undefined && isLike(heartbeat),
        'heard with a certain heartbeat',
      ),
    /** The agent promised, and spoke since: only guards keep the node. */
    untilPromised: (node: RentedNode): Promise<unknown> =>
      untilNode(
        node,
        ({ drain, heartbeatAt = '' }) =>
          drain?.acknowledgedAt !== undefined && heartbeatAt > drain.acknowledgedAt,
        'bound by a promise',
      ),
    isTold: (event: EventName, { nodeId }: RentedNode): Promise<unknown> =>
      waitFor(
        async () =>
          (await running().operator.events(event)).find(({ detail }) => detail['nodeId'] === nodeId)?.detail,
        10,
        `${event} of ${nodeId}`,
      ),
    /** Its folder is there. */
    isThere: ({ instance }: RentedNode): boolean => existsSync(dataFolderOf(running(), instance)),
  };
};

export type { RentedNode };
export { BUSY, createIdleScene, IDLE_SECONDS };
