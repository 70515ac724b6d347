import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, resourceName } from '../../lib/constants.ts';
import type { EventName } from '../../lib/events/catalogue.ts';
import { type FleetHealth, fleetHealthSchema } from '../../lib/health/fleet-health.ts';
import type { Cloud } from '../../local/cloud.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { applyConfig } from './support/apply-config.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { runCli } from './support/run-cli.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

/** Real agents that beat each second, and are found silent after 4, 12 and 20 s. */
const CONFIG = {
  health: {
    heartbeat: { intervalSeconds: 1, timeoutSeconds: 12 },
    grace: { bootSeconds: 0 },
    pause: { minimumSeconds: 5 },
  },
};
const BEATING = { DROVER_HEARTBEAT_SECONDS: '1' };
const folder = temporaryFolder('health');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];

const evaluate = async (): Promise<FleetHealth | undefined> => {
  await cloud.tick(resourceName(LOCAL_STAGE, FUNCTIONS.scoreHealth));
  return (await operator.stores.evaluations.get())?.fleet;
};

/** Evaluates twice a second until the fleet is as wanted. */
const evaluateUntil = (condition: (fleet: FleetHealth) => boolean, what: string): Promise<FleetHealth> =>
  waitFor(
    async () => {
      const fleet = await evaluate();
      await delay(500);
      return fleet !== undefined && condition(fleet) ? fleet : undefined;
    },
    60,
    what,
  );

const signal = ({ agent }: TestNode, name: 'SIGSTOP' | 'SIGCONT'): void => {
  if (agent.pid === undefined) throw new Error(`${agent.instanceId} does not run`);
  process.kill(agent.pid, name);
};

const told = async (name: EventName): Promise<Readonly<Record<string, unknown>>[]> =>
  (await operator.events(name)).map(({ detail }) => detail);

const statesTold = async ({ nodeId }: TestNode): Promise<unknown[]> =>
  (await told('NodeHealthChanged')).filter((detail) => detail['nodeId'] === nodeId).map(({ to }) => to);

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder, schedules: false });
  operator = createOperator(cloud);
  await applyConfig(cloud, CONFIG);
  // The agents find the document when they start.
  await evaluate();
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), {
    one: BEATING,
    two: BEATING,
    three: BEATING,
    four: BEATING,
  });
  await evaluateUntil(({ nodes: counts }) => counts?.healthy === 4, 'four healthy nodes');
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

describe('the health of a fleet of real agents', () => {
  it('is told to programs on each node, in a file', async () => {
    const files = nodes.map(({ dataFolder }) => join(dataFolder, 'fleet-health.json'));
    await waitFor(() => files.every((file) => existsSync(file)), 20, 'fleet-health.json on each node');
    for (const file of files) {
      expect(fleetHealthSchema.parse(JSON.parse(readFileSync(file, 'utf8')))).toMatchObject({ pause: false });
    }
  });

  it('falls when two of four stand still: degraded, unhealthy, unreachable, and the pipeline is paused for it', async () => {
    const stopped = nodes.slice(2);
    for (const node of stopped) signal(node, 'SIGSTOP');
    const fleet = await evaluateUntil(
      ({ pause, nodes: counts }) => pause && counts?.unreachable === 2,
      'two unreachable nodes and a pause',
    );
    expect(fleet.pauseReasons).toEqual(['nodes-not-operational: 2 of 4 expected nodes do not work']);
    expect(fleet).toMatchObject({ observer: 'trusted', nodes: { expected: 4, healthy: 2 } });
    for (const node of stopped) {
      await waitFor(async () => (await statesTold(node)).length === 3, 10, 'three changes to be told');
      expect(await statesTold(node)).toEqual(['degraded', 'unhealthy', 'unreachable']);
    }
    expect(await told('PipelinePaused')).toMatchObject([{ reasons: fleet.pauseReasons }]);
    expect(await told('ObserverSuspected')).toEqual([]);
    const { code, stdout } = await runCli(cloud, ['health']);
    expect(code).toBe(1);
    expect(stdout).toContain('Pipeline paused');
  });

  it('comes back when they go on: healthy after two beats, and the pipeline resumes by itself', async () => {
    for (const node of nodes.slice(2)) signal(node, 'SIGCONT');
    await evaluateUntil(
      ({ pause, nodes: counts }) => !pause && counts?.healthy === 4,
      'four healthy nodes and no pause',
    );
    await waitFor(async () => (await told('PipelineResumed')).length > 0, 10, 'PipelineResumed');
    for (const node of nodes.slice(2)) {
      expect(await statesTold(node)).toEqual(['degraded', 'unhealthy', 'unreachable', 'degraded', 'healthy']);
    }
    for (const node of nodes.slice(0, 2)) expect(await statesTold(node)).toEqual([]);
    expect(await told('PipelinePaused')).toHaveLength(1);
    expect(await told('PipelineResumed')).toHaveLength(1);
  });
});
