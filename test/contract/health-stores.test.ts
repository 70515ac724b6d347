import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoLease } from '../../lib/aws/dynamo-lease.ts';
import type { BrakeStore } from '../../lib/health/brake-store.ts';
import { createDynamoBrakeStore } from '../../lib/health/dynamo-brake-store.ts';
import { createDynamoFleetHealthStore } from '../../lib/health/dynamo-fleet-health-store.ts';
import { createDynamoOutcomeStore } from '../../lib/health/dynamo-outcome-store.ts';
import { createDynamoPauseStore } from '../../lib/health/dynamo-pause-store.ts';
import type { FleetHealthStore } from '../../lib/health/fleet-health-store.ts';
import { createMemoryBrakeStore } from '../../lib/health/memory-brake-store.ts';
import { createMemoryFleetHealthStore } from '../../lib/health/memory-fleet-health-store.ts';
import { createMemoryOutcomeStore } from '../../lib/health/memory-outcome-store.ts';
import { createMemoryPauseStore } from '../../lib/health/memory-pause-store.ts';
import type { OutcomeStore } from '../../lib/health/outcome-store.ts';
import type { PauseStore } from '../../lib/health/pause-store.ts';
import { createFleet } from '../health/score-fixture.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const controlTable = (): Promise<string> => dynamo.createTable(['scope', 'item']);

const brakeStores: [string, () => Promise<BrakeStore>][] = [
  ['memory', async () => createMemoryBrakeStore()],
  ['DynamoDB', async () => createDynamoBrakeStore(dynamo.client, await controlTable())],
];

describe.each(brakeStores)('BrakeStore in %s', (_name, createStore) => {
  it('keeps the brake, and lets only the first writer win', async () => {
    const brakes = await createStore();
    const off = { evaluatedAt: atText(0), on: false, changed: 0, expected: 4 };
    expect(await brakes.get()).toBeUndefined();
    expect(await brakes.put(off, undefined)).toBe(true);
    expect(await brakes.put(off, undefined)).toBe(false);
    const on = { ...off, on: true, since: atText(60), lastChangeAt: atText(50), changed: 3 };
    expect(await brakes.put(on, 1)).toBe(true);
    expect(await brakes.put(off, 1)).toBe(false);
    expect(await brakes.get()).toEqual({ ...on, revision: 2 });
  });
});

const pauseStores: [string, () => Promise<PauseStore>][] = [
  ['memory', async () => createMemoryPauseStore()],
  ['DynamoDB', async () => createDynamoPauseStore(dynamo.client, await controlTable())],
];

describe.each(pauseStores)('PauseStore in %s', (_name, createStore) => {
  it('keeps the machine, and lets only the first writer win', async () => {
    const pauses = await createStore();
    const running = {
      state: 'running' as const,
      since: atText(0),
      reasons: [],
      holding: { 'error-burst': 1 },
      evaluatedAt: atText(0),
    };
    expect(await pauses.get()).toBeUndefined();
    expect(await pauses.put(running, undefined)).toBe(true);
    expect(await pauses.put(running, undefined)).toBe(false);
    const paused = { ...running, state: 'paused' as const, pausedAt: atText(60), reasons: ['error-burst'] };
    expect(await pauses.put(paused, 1)).toBe(true);
    expect(await pauses.put(running, 1)).toBe(false);
    expect(await pauses.get()).toEqual({ ...paused, revision: 2 });
  });
});

const evaluationStores: [string, () => Promise<FleetHealthStore>][] = [
  ['memory', async () => createMemoryFleetHealthStore()],
  ['DynamoDB', async () => createDynamoFleetHealthStore(dynamo.client, await controlTable())],
];

describe.each(evaluationStores)('FleetHealthStore in %s', (_name, createStore) => {
  it('keeps the last evaluation whole, and lets only the first writer win', async () => {
    const evaluations = await createStore();
    const report = await (await createFleet(2)).evaluate();
    const evaluation = { fleet: report.fleet, told: { until: atText(0), level: report.fleet.level } };
    expect(await evaluations.get()).toBeUndefined();
    expect(await evaluations.put(evaluation, undefined)).toBe(true);
    expect(await evaluations.put(evaluation, undefined)).toBe(false);
    const published = { ...evaluation, published: { digest: 'd', at: atText(60) } };
    expect(await evaluations.put(published, 1)).toBe(true);
    expect(await evaluations.get()).toEqual({ ...published, revision: 2 });
  });
});

const outcomeStores: [string, () => Promise<OutcomeStore>][] = [
  ['memory', async () => createMemoryOutcomeStore()],
  ['DynamoDB', async () => createDynamoOutcomeStore(dynamo.client, await controlTable())],
];

describe.each(outcomeStores)('OutcomeStore in %s', (_name, createStore) => {
  it('keeps one mark per component, type and minute, from the minute that is asked for', async () => {
    const outcomes = await createStore();
    await outcomes.recordError('vast', 'timeout', at(10));
    await outcomes.recordError('vast', 'timeout', at(50));
    await outcomes.recordError('vast', 'auth', at(70));
    await outcomes.recordError('training', 'failed', at(130));
    const old = { component: 'vast', type: 'timeout', at: atText(0) };
    const newer = { component: 'vast', type: 'auth', at: atText(60) };
    const newest = { component: 'training', type: 'failed', at: atText(120) };
    expect(await outcomes.listErrors(at(59))).toEqual([old, newer, newest]);
    expect(await outcomes.listErrors(at(60))).toEqual([newer, newest]);
    expect(await outcomes.listErrors(at(600))).toEqual([]);
  });

  it('keeps one mark per recovery, from the instant that is asked for', async () => {
    const outcomes = await createStore();
    await outcomes.recordRecovery('e-1', true, at(10));
    await outcomes.recordRecovery('e-1', true, at(10));
    await outcomes.recordRecovery('e-2', false, at(20));
    const second = { eventId: 'e-2', succeeded: false, at: atText(20) };
    expect(await outcomes.listRecoveries(at(0))).toEqual([
      { eventId: 'e-1', succeeded: true, at: atText(10) },
      second,
    ]);
    expect(await outcomes.listRecoveries(at(20))).toEqual([second]);
  });

  it('keeps one circuit per stage, and lets only the first writer win', async () => {
    const outcomes = await createStore();
    const circuit = { stage: 'training' as const, failures: 1, recentEventIds: ['e-1'] };
    expect(await outcomes.getCircuit('training')).toBeUndefined();
    expect(await outcomes.putCircuit(circuit, undefined)).toBe(true);
    expect(await outcomes.putCircuit(circuit, undefined)).toBe(false);
    expect(await outcomes.putCircuit({ ...circuit, failures: 2 }, 1)).toBe(true);
    expect(await outcomes.getCircuit('training')).toEqual({ ...circuit, failures: 2, revision: 2 });
    expect(await outcomes.getCircuit('promotion')).toBeUndefined();
    expect(await outcomes.listCircuits()).toEqual([{ ...circuit, failures: 2, revision: 2 }]);
  });
});

describe('a lease in DynamoDB', () => {
  it('is one holder at a time, until it ends or is given back by the holder', async () => {
    const lease = createDynamoLease(dynamo.client, await controlTable(), 'score-health');
    const [one, other] = [randomUUID(), randomUUID()];
    expect(await lease.take(one, at(0), at(60))).toBe(true);
    expect(await lease.take(other, at(59), at(119))).toBe(false);
    await lease.release(other);
    expect(await lease.take(other, at(59), at(119))).toBe(false);
    expect(await lease.take(other, at(60), at(120))).toBe(true);
    await lease.release(one);
    expect(await lease.take(one, at(61), at(121))).toBe(false);
    await lease.release(other);
    expect(await lease.take(one, at(61), at(121))).toBe(true);
  });
});
