import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedId } from '../../lib/ids.ts';
import { toTimestamp } from '../../lib/time.ts';
import { type Fleet, makeArtifact, makeFleet, makeNode, policy, START } from './fixtures.ts';
import type { Observer } from './observe-calls.ts';
import { type Behaviour, createSimulator } from './simulate.ts';

/** 5 attempts of 120 s with their waits, and the last slot's expiry. */
const MINUTES = 30;
const LIMIT = 2;
const artifact = makeArtifact();

const promote = (fleet: Fleet): Promise<void> =>
  fleet.publisher.publish([
    {
      name: 'ModelPromoted',
      eventId: 'promotion-1',
      occurredAt: toTimestamp(START),
      fields: { artifactId: artifact.artifactId },
    },
  ]);

/** Kills the process at these calls (counted over the whole run), each time before or after the call took effect. */
const createCrasher = (crashes: readonly { readonly call: number; readonly after: boolean }[]) => {
  let calls = 0;
  let crashed = 0;
  const observer = (): Observer => {
    let dead = false;
    const die = (what: string): never => {
      dead = true;
      crashed += 1;
      throw new Error(`crash ${what}`);
    };
    return (call) => {
      if (dead) throw new Error(`the process is dead, ${call} was never made`);
      calls += 1;
      const crash = crashes.find((one) => one.call === calls);
      if (crash?.after === false) die(`before ${call}`);
      return () => {
        if (dead) throw new Error(`the process is dead, the answer of ${call} was lost`);
        if (crash?.after === true) die(`after ${call}`);
      };
    };
  };
  return { observer, crashed: () => crashed };
};

interface Scenario {
  readonly nodeCount: number;
  readonly behaviours: readonly (readonly Behaviour[])[];
  readonly crashes: readonly { readonly call: number; readonly after: boolean }[];
  readonly copies: readonly number[];
  readonly picks: readonly number[];
}

const runScenario = async (scenario: Scenario) => {
  const nodes = Array.from({ length: scenario.nodeCount }, (_, index) => makeNode(index));
  const fleet = await makeFleet(nodes, [artifact]);
  const crasher = createCrasher(scenario.crashes);
  let picks = 0;
  const simulator = createSimulator({
    fleet,
    nodes,
    policy: { ...policy, maxConcurrentTransfers: LIMIT },
    behave: ({ nodeId, attempt }) => {
      const index = nodes.findIndex((node) => node.nodeId === nodeId);
      return scenario.behaviours[index]?.[attempt - 1] ?? 'proof';
    },
    copies: (message) => scenario.copies[message % Math.max(1, scenario.copies.length)] ?? 1,
    pick: () => {
      picks += 1;
      return scenario.picks[picks % Math.max(1, scenario.picks.length)] ?? 0;
    },
    observer: crasher.observer,
  });
  await promote(fleet);
  await simulator.settle();
  for (let minute = 0; minute < MINUTES; minute += 1) await simulator.minute();
  expect(simulator.waiting()).toBe(0);
  return { fleet, nodes, crashed: crasher.crashed() };
};

const expectSettled = async ({ fleet, nodes }: Awaited<ReturnType<typeof runScenario>>): Promise<void> => {
  const distributionId = derivedId('d', 'promotion-1', artifact.artifactId);
  const distribution = await fleet.distributions.get(distributionId);
  expect(distribution?.targetNodeIds).toHaveLength(nodes.length);
  const meta = await fleet.artifacts.get(artifact.artifactId);
  for (const { nodeId } of nodes) {
    const row = await fleet.deliveries.get(artifact.artifactId, nodeId);
    expect(['verified', 'failed']).toContain(row?.state);
    if (row?.state === 'verified') {
      expect(meta?.replicaNodeIds).toContain(nodeId);
      if (distribution?.state === 'completed') continue;
      expect(distribution?.verifiedNodeIds).toContain(nodeId);
    } else {
      expect(row?.lastFailure?.message).toBeTruthy();
    }
  }
  expect(distribution?.announcedAt).toBeDefined();
  const closing = fleet.publisher.published.filter(
    ({ name }) => name === 'DistributionCompleted' || name === 'DistributionIncomplete',
  );
  expect(new Set(closing.map(({ eventId }) => eventId)).size).toBe(1);
  const ends = (await fleet.audit.listByAction('end-distribution', 99)).length;
  expect(ends).toBe(1);
  const live = Object.values(fleet.slots.holders()).filter(
    (expiry) => expiry > toTimestamp(fleet.clock.now()),
  );
  expect(live).toEqual([]);
  const pulls = fleet.sender.sent.filter(({ type }) => type === 'pull');
  expect(new Set(pulls.map(({ commandId }) => commandId)).size).toBe(pulls.length);
  expect(Math.max(0, ...pulls.map(({ attempt }) => attempt))).toBeLessThanOrEqual(5);
};

const quiet = { behaviours: [], copies: [1], picks: [0] } as const;

describe('a distribution whose functions crash', () => {
  it('settles without a crash', async () => {
    const run = await runScenario({ ...quiet, nodeCount: 3, crashes: [] });
    await expectSettled(run);
    expect(run.fleet.sender.sent).toHaveLength(3);
  });

  it('[sync#L20] settles after a crash before or after each single call', async () => {
    let crashed = 0;
    for (let call = 1; ; call += 1) {
      const before = await runScenario({ ...quiet, nodeCount: 2, crashes: [{ call, after: false }] });
      await expectSettled(before);
      const after = await runScenario({ ...quiet, nodeCount: 2, crashes: [{ call, after: true }] });
      await expectSettled(after);
      crashed += before.crashed + after.crashed;
      // Beyond the last call of the run there is nothing left to crash.
      if (before.crashed === 0) break;
    }
    expect(crashed).toBeGreaterThan(200);
  });

  it('[sync#7.5-9] settles to the same end with any crashes, repeats, order and failures', async () => {
    const behaviour = fc.constantFrom<Behaviour>(
      'proof',
      'stalled',
      'checksum-mismatch',
      'silence',
      'interrupted',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          nodeCount: fc.integer({ min: 1, max: 4 }),
          behaviours: fc.array(fc.array(behaviour, { maxLength: 5 }), { maxLength: 4 }),
          crashes: fc.array(fc.record({ call: fc.integer({ min: 1, max: 250 }), after: fc.boolean() }), {
            maxLength: 4,
          }),
          copies: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 7 }),
          picks: fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }),
        }),
        async (scenario) => {
          await expectSettled(await runScenario(scenario));
        },
      ),
      { numRuns: 150 },
    );
  });
});
