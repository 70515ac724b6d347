import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { mintToken } from '../../../local/start/mint-token.ts';
import type { Operator } from './operator.ts';
import { startAgent, type TestAgent } from './start-agent.ts';
import { waitFor } from './wait-for.ts';

interface TestNode {
  readonly nodeId: string;
  readonly instanceId: string;
  /** The data root of its agent. */
  readonly dataFolder: string;
  readonly agent: TestAgent;
}

/** What a node is to be like: the agent's own variables. */
type FleetPlan = Readonly<Record<string, Readonly<Record<string, string>>>>;

const identitySchema = z.looseObject({ nodeId: z.string(), nodeSecret: z.string() });

/** Who the agent of this folder became; undefined before it enrolled. */
const identityOf = (dataFolder: string): z.infer<typeof identitySchema> | undefined => {
  const file = join(dataFolder, '.drover', 'identity.json');
  return existsSync(file) ? identitySchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
};

const untilActive = async (operator: Operator, agent: TestAgent): Promise<string> =>
  waitFor(
    async () => {
      const nodeId = identityOf(agent.dataFolder)?.nodeId;
      const node = nodeId === undefined ? undefined : await operator.stores.nodes.get(nodeId);
      return node?.lifecycle === 'active' ? node.nodeId : undefined;
    },
    30,
    () => `${agent.instanceId} to become active; it wrote ${agent.logs()}`,
  );

/** Starts an agent for each entry of `plan` (instance id → variables), and waits until all are active. */
const startFleet = async (
  cloud: ReachableCloud,
  operator: Operator,
  folder: string,
  plan: FleetPlan,
): Promise<TestNode[]> => {
  mkdirSync(folder, { recursive: true });
  const entries = Object.entries(plan);
  const joinToken = await mintToken(cloud, entries.length);
  const agents = await Promise.all(
    entries.map(([instanceId, env]) =>
      startAgent(cloud, { dataFolder: join(folder, instanceId), instanceId, joinToken, env }),
    ),
  );
  return Promise.all(
    agents.map(async (agent) => ({
      nodeId: await untilActive(operator, agent),
      instanceId: agent.instanceId,
      dataFolder: agent.dataFolder,
      agent,
    })),
  );
};

const stopFleet = async (nodes: readonly TestNode[] | undefined): Promise<void> => {
  await Promise.all((nodes ?? []).map(({ agent }) => agent.stop()));
};

export type { FleetPlan, TestNode };
export { identityOf, startFleet, stopFleet, untilActive };
