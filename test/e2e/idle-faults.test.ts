import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FUNCTIONS, resourceName, TABLES } from '../../lib/constants.ts';
import { secondsSince } from '../../lib/time.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { drover } from './support/drover.ts';
import { dataFolderOf, lastReasons, runMinute } from './support/idle-fleet.ts';
import { createIdleScene, type RentedNode } from './support/idle-scene.ts';
import { releaseBrake } from './support/release-brake.ts';

/** What keeps idle nodes alive: a provider that fails for minutes, and data that lies nowhere else. */

const scene = createIdleScene('idle-faults');
const { running, rent, get, terminations, until, untilNode, untilPromised, isThere } = scene;

/** Time for both to drain, and for the test to take the store's copy away. */
const DRAIN_SECONDS = 15;

const explanationSchema = z.looseObject({
  answer: z.string(),
  reason: z.string(),
  listingFailure: z.looseObject({ message: z.string() }).optional(),
  termination: z.looseObject({ lastDetail: z.string().optional() }).optional(),
  mayLose: z.looseObject({ missingFromStore: z.array(z.string()) }).or(z.literal('unknown')),
});

/** What an operator is told by `drover explain`. */
const explain = ({ nodeId }: RentedNode) =>
  drover(running().booted.cloud, explanationSchema, 'explain', nodeId);

/** A minute in which the provider fails: the reconcile of the schedule fails, and what it says is known. */
const runFailingMinute = async (): Promise<void> => {
  const { booted, operator } = running();
  await releaseBrake(operator);
  for (const name of [FUNCTIONS.reconcileInstances, FUNCTIONS.shutDownIdle])
    await booted.tick(resourceName(LOCAL_STAGE, `${name}-vast`)).catch(() => undefined);
};

/** The store's copy of what the nodes hold is gone, or back: by the artifact's item, which alone says what is verified. */
const setStoreReplica = async (artifactId: string, storeReplica: unknown): Promise<void> => {
  await running().operator.clients.documents.send(
    new UpdateCommand({
      TableName: resourceName(LOCAL_STAGE, TABLES.artifacts),
      Key: { artifactId, item: 'META' },
      ...(storeReplica === undefined
        ? { UpdateExpression: 'REMOVE storeReplica' }
        : {
            UpdateExpression: 'SET storeReplica = :replica',
            ExpressionAttributeValues: { ':replica': storeReplica },
          }),
    }),
  );
};

beforeAll(async () => {
  await scene.start();
}, 120_000);
afterAll(scene.stop);

describe('a provider that answers 500 to everything for six cycles in a row', () => {
  it('ends nothing: a drained node waits, one that was being terminated as well, and explain says why', async () => {
    await scene.configure({ providers: { vast: { mode: 'enforce' } } });
    const { inject, clearFaults } = running().booted.sim;
    const asked = await rent('vast');
    await until(asked, 'draining');
    const drained = await rent('vast');
    await inject('vast', { fault: 'server-error', on: 'terminate' });
    await until(asked, 'terminating');
    await until(drained, 'draining');
    await untilPromised(drained);

    await inject('vast', { fault: 'server-error' });
    for (let minute = 0; minute < 6; minute += 1) await runFailingMinute();

    const kept = [await get(asked), await get(drained)].map(({ lifecycle }) => lifecycle);
    const folders = [isThere(asked), isThere(drained)];
    const [ofAsked, ofDrained] = [await explain(asked), await explain(drained)];
    await clearFaults('vast');

    expect([kept, folders]).toEqual([
      ['terminating', 'draining'],
      [true, true],
    ]);
    expect(await terminations(drained)).toBe(0);
    expect(ofDrained).toMatchObject({ reason: 'instance-unknown' });
    // After four failures in a row the breaker asks no more for a while.
    expect(ofDrained.listingFailure?.message).toMatch(/500|breaker is open/);
    expect(ofAsked.answer).toContain('is terminating and waits');
    expect(ofAsked.termination?.lastDetail).toMatch(/500|breaker is open/);
    await until(drained, 'terminated');
    await until(asked, 'terminated');
    expect([isThere(asked), isThere(drained)]).toEqual([false, false]);
  });
});

describe("two nodes that hold each other's last node copies and drain at once", () => {
  it('both stay while the store has no copy, and both go once it has', async () => {
    await scene.configure({ drainPeriodSeconds: DRAIN_SECONDS, providers: { vast: { mode: 'enforce' } } });
    const pair = [await rent('vast'), await rent('vast')];
    for (const { instance } of pair) {
      const results = join(dataFolderOf(running(), instance), 'results');
      mkdirSync(results, { recursive: true });
      writeFileSync(join(results, 'twins.json'), '{"twins":2}\n');
    }
    for (const node of pair) await until(node, 'draining');
    for (const node of pair) await untilPromised(node);
    const [artifact] = await running().operator.stores.artifacts.list({ kind: 'other', limit: 1 });
    if (artifact?.storeReplica === undefined) throw new Error('the twins were not flushed');
    const { artifactId, storeReplica } = artifact;
    await setStoreReplica(artifactId, undefined);

    for (const node of pair)
      await untilNode(
        node,
        ({ drain }) => drain !== undefined && secondsSince(drain.startedAt, new Date()) >= DRAIN_SECONDS,
        'past its drain period',
      );
    for (let minute = 0; minute < 3; minute += 1) await runMinute(running(), 'vast');

    expect(await lastReasons(running(), 'vast')).toMatchObject({ 'draining:data-at-risk': 2 });
    for (const node of pair) {
      expect([(await get(node)).lifecycle, await terminations(node)]).toEqual(['draining', 0]);
      expect(await explain(node)).toMatchObject({
        reason: 'data-at-risk',
        mayLose: { missingFromStore: [artifactId] },
      });
    }

    await setStoreReplica(artifactId, storeReplica);
    for (const node of pair) await until(node, 'terminated');
    expect(await Promise.all(pair.map(terminations))).toEqual([1, 1]);
  });
});
