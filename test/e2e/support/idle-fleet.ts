import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import { FUNCTIONS, resourceName } from '../../../lib/constants.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { identityOf } from './fleet.ts';
import type { Operator } from './operator.ts';
import type { ProvidersProcess } from './providers-process.ts';
import { releaseBrake } from './release-brake.ts';
import type { ShownInstance } from './sim-client.ts';
import { waitFor } from './wait-for.ts';

/** An installation as it is between two starts. */
interface Running {
  readonly booted: ProvidersProcess;
  readonly operator: Operator;
  /** Holds the folders of all machines. */
  readonly folder: string;
}

const dataFolderOf = ({ folder }: Running, instance: ShownInstance): string =>
  join(folder, 'nodes', instance.folder);

const lockSchema = z.looseObject({ pid: z.int().positive() });

/** The process of the agent on the instance. */
const agentPid = (running: Running, instance: ShownInstance): number =>
  lockSchema.parse(
    JSON.parse(readFileSync(join(dataFolderOf(running, instance), '.drover', 'agent.lock'), 'utf8')),
  ).pid;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The node on the instance, by what its agent wrote down when it enrolled. */
const nodeIdOf = (running: Running, instance: ShownInstance): Promise<string> =>
  waitFor(
    () => identityOf(dataFolderOf(running, instance))?.nodeId,
    30,
    `the agent on ${instance.id} to enrol`,
  );

/** A minute of one provider: its instances are listed, and its idle nodes looked for. */
const runMinute = async ({ booted, operator }: Running, provider: string): Promise<void> => {
  await releaseBrake(operator);
  for (const name of [FUNCTIONS.reconcileInstances, FUNCTIONS.shutDownIdle])
    await booted.tick(resourceName(LOCAL_STAGE, `${name}-${provider}`));
};

const cycleSchema = z.looseObject({ provider: z.string(), reasons: z.record(z.string(), z.int()) });

/** How many nodes each reason kept in the last cycle of the provider. */
const lastReasons = async ({ operator }: Running, provider: string): Promise<Record<string, number>> => {
  const { events = [] } = await operator.clients.logs.send(
    new FilterLogEventsCommand({
      logGroupName: `/aws/lambda/${resourceName(LOCAL_STAGE, FUNCTIONS.shutDownIdle)}`,
    }),
  );
  const cycles = events.flatMap(({ message = '' }) => {
    if (!message.includes('looked for idle nodes')) return [];
    const { data } = cycleSchema.safeParse(JSON.parse(message));
    return data?.provider === provider ? [data.reasons] : [];
  });
  return cycles.at(-1) ?? {};
};

/** Between two minutes: agents beat once a second, and each minute keeps a core busy. */
const PAUSE_MS = 500;

/** Lets minutes pass until the node is like this. @throws Error that says why the last cycle kept nodes */
const minutesUntil = async (
  running: Running,
  { provider, nodeId }: Pick<Node, 'provider' | 'nodeId'>,
  isLike: (node: Node) => boolean,
  what: string,
): Promise<Node> => {
  const look = async (): Promise<Node | undefined> => {
    await runMinute(running, provider);
    const node = await running.operator.stores.nodes.get(nodeId);
    return node !== undefined && isLike(node) ? node : undefined;
  };
  try {
    return await waitFor(look, 90, `${nodeId} to be ${what}`, PAUSE_MS);
  } catch (error) {
    const reasons = JSON.stringify(await lastReasons(running, provider));
    throw new Error(`${nodeId} did not come to be ${what}; the last cycle of ${provider}: ${reasons}`, {
      cause: error,
    });
  }
};

export type { Running };
export { agentPid, dataFolderOf, isAlive, lastReasons, minutesUntil, nodeIdOf, runMinute };
