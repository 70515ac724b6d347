import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FUNCTIONS, nodeQueueName, resourceName, TABLES } from '../../lib/constants.ts';
import type { Node, Provider } from '../../lib/nodes/node.ts';
import { secondsSince } from '../../lib/time.ts';
import { queueUrl } from '../../local/arns.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import {
  agentPid,
  dataFolderOf,
  isAlive,
  lastReasons,
  minutesUntil,
  runMinute,
} from './support/idle-fleet.ts';
import { BUSY, createIdleScene, IDLE_SECONDS, type RentedNode } from './support/idle-scene.ts';
import { releaseBrake } from './support/release-brake.ts';

/** Idle shutdown from end to end: real agents on simulated machines, and time that passes by hand. */

const scene = createIdleScene('idle');
const { running, rent, get, setGpu, terminations, until, untilBeat, untilPromised, isTold, isThere } = scene;

/** By its idle clock alone. */
const isIdleLongEnough = ({ idleClock }: Node): boolean =>
  idleClock?.idleSince !== undefined &&
  secondsSince(idleClock.idleSince, new Date(idleClock.lastSampleAt)) >= IDLE_SECONDS;

const runShutDown = async (provider: Provider): Promise<void> => {
  await releaseBrake(running().operator);
  await running().booted.tick(resourceName(LOCAL_STAGE, `${FUNCTIONS.shutDownIdle}-${provider}`));
};

/** Everything of a node that a cycle in observe is not to change. */
const sightOf = async (node: RentedNode) => {
  const { shadowDrain: _shadow, ...item } = await get(node);
  const { Attributes } = await running().operator.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl(nodeQueueName(LOCAL_STAGE, node.nodeId)),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  const { instances, requests } = await running().booted.sim.look(node.provider);
  return { item, queue: Attributes, instances, requests: requests.byOperation };
};

const commandSchema = z.looseObject({ command: z.looseObject({ type: z.string() }) });

/** Of every command that the node was ever given. */
const commandTypes = async ({ nodeId }: RentedNode): Promise<string[]> => {
  const { Items } = await running().operator.clients.documents.send(
    new ScanCommand({
      TableName: resourceName(LOCAL_STAGE, TABLES.commands),
      FilterExpression: '#command.nodeId = :nodeId',
      ExpressionAttributeNames: { '#command': 'command' },
      ExpressionAttributeValues: { ':nodeId': nodeId },
    }),
  );
  return z
    .array(commandSchema)
    .parse(Items)
    .map(({ command }) => command.type);
};

/** It works all the time. */
let keeper: RentedNode;
let first: RentedNode;

beforeAll(async () => {
  await scene.start();
  // RunPod stays in observe.
  await scene.configure({ providers: { vast: { mode: 'enforce' }, 'lambda-labs': { mode: 'enforce' } } });
  keeper = await rent('vast', { gpuPercent: BUSY });
  first = await rent('vast');
}, 120_000);
afterAll(scene.stop);

describe('a node that is idle', () => {
  it('drains, uploads its results, is terminated by one request and confirmed as gone', async () => {
    const results = join(dataFolderOf(running(), first.instance), 'results');
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, 'summary.json'), '{"wins":301}\n');
    const pid = agentPid(running(), first.instance);

    const ended = await until(first, 'terminated');

    expect(ended.termination).toMatchObject({ reason: 'idle', attempts: 1 });
    expect(await terminations(first)).toBe(1);
    const kept = await running().operator.stores.artifacts.list({ kind: 'other', limit: 10 });
    expect(kept.map(({ storeReplica }) => storeReplica !== undefined)).toEqual([true]);
    expect([isAlive(pid), isThere(first)]).toEqual([false, false]);
    for (const name of ['NodeDrainStarted', 'NodeTerminating', 'NodeTerminated'] as const)
      expect(await isTold(name, first)).toMatchObject({ instanceId: first.instance.id });
    expect((await get(keeper)).lifecycle).toBe('active');
  });

  it('is given back when work arrives while it drains', async () => {
    const node = await rent('lambda-labs');
    await until(node, 'draining');

    await setGpu(node, BUSY);
    await untilBeat(node, ({ gpus = [] }) =>
      gpus.some(({ utilizationPercent }) => utilizationPercent === BUSY),
    );
    const saved = await until(node, 'active');

    expect(saved.endedDrain).toMatchObject({ reason: 'activity' });
    expect(await isTold('NodeDrainCancelled', node)).toMatchObject({ reason: 'activity' });
    await untilBeat(node, ({ mode }) => mode === 'active');
    expect([await terminations(node), isThere(node)]).toEqual([0, true]);
  });

  it('is kept while it holds a file that nobody claims, and goes once the file is gone', async () => {
    const node = await rent('vast');
    const notes = join(scene.folder, 'machines', node.instance.folder, 'home', 'notes.txt');
    writeFileSync(notes, 'the only copy');
    await minutesUntil(running(), node, isIdleLongEnough, 'idle for long enough');
    await minutesUntil(
      running(),
      node,
      ({ inventory }) => inventory?.unclaimed?.count === 1,
      'seen as holding a file',
    );

    await runMinute(running(), 'vast');

    expect(await lastReasons(running(), 'vast')).toEqual({ 'unclaimed-data': 1, 'gpu-busy': 1 });
    const kept = await get(node);
    expect([kept.lifecycle, await terminations(node)]).toEqual(['active', 0]);
    expect(kept.inventory?.unclaimed?.sample).toEqual([{ path: notes, bytes: 13 }]);
    rmSync(notes);
    await until(node, 'terminated');
  });

  it('is left alone while its provider fails, lists a half, or is gone, and each time the reason is told', async () => {
    const node = await rent('vast');
    await until(node, 'draining');
    const { inject, clearFaults } = running().booted.sim;
    for (const fault of ['server-error', 'half-list', 'gone'] as const) {
      await inject('vast', { fault, on: 'list' });
      await untilPromised(node);
      for (let minute = 0; minute < 3; minute += 1) await runMinute(running(), 'vast');
      expect([fault, (await get(node)).lifecycle, await terminations(node)]).toEqual([fault, 'draining', 0]);
      expect(await lastReasons(running(), 'vast')).toMatchObject({ 'draining:instance-unknown': 1 });
      await clearFaults('vast');
    }

    await until(node, 'terminated');

    expect(await terminations(node)).toBe(1);
  });
});

/** How everything about the node is, once what was on its way has arrived. */
const untilStill = async (node: RentedNode): Promise<Awaited<ReturnType<typeof sightOf>>> => {
  for (let seen = await sightOf(node); ; ) {
    await delay(2000);
    const sight = await sightOf(node);
    if (isDeepStrictEqual(sight, seen)) return sight;
    seen = sight;
  }
};

describe('a node of a provider in observe', () => {
  it('is told what counts as data, and named when it would have ended; nothing else of it, its queue or its provider changes', async () => {
    const node = await rent('runpod');
    await minutesUntil(running(), node, isIdleLongEnough, 'idle for long enough');
    await untilBeat(node, ({ configDigest }) => configDigest !== undefined);
    await running().booted.tick(resourceName(LOCAL_STAGE, `${FUNCTIONS.reconcileInstances}-runpod`));
    // It holds still: nothing but the cycle could change anything now.
    process.kill(agentPid(running(), node.instance), 'SIGSTOP');
    const before = await untilStill(node);

    await runShutDown('runpod');
    const shadowed = await get(node);
    await runShutDown('runpod');
    const matured = await get(node);

    expect(shadowed.shadowDrain).toBeDefined();
    expect(matured.shadowDrain?.maturedAt).toBeDefined();
    expect(await isTold('NodeWouldBeTerminated', node)).toMatchObject({ assumed: ['drain-acknowledged'] });
    expect(await sightOf(node)).toEqual(before);
    expect(await commandTypes(node)).toEqual(['configure']);
  });
});
