import fc from 'fast-check';
import { describe, it } from 'vitest';
import { decideRepair } from '../../lib/replication/decide-repair.ts';
import { replicationRules } from '../../lib/replication/repair-replication.ts';
import { GB, START } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, makeRunning, makeSnapshot, marked, onNodes } from './fixtures.ts';

const nodeArbitrary = fc.record({
  ephemeral: fc.boolean(),
  provider: fc.constantFrom('vast', 'runpod', 'static'),
  lifecycle: fc.constantFrom('active', 'draining', 'pending'),
  silentSeconds: fc.constantFrom(0, 30, 100, 700),
  usedPercent: fc.integer({ min: 0, max: 100 }),
  running: fc.integer({ min: 0, max: 6 }),
});
const artifactArbitrary = fc.record({
  stored: fc.boolean(),
  holders: fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { maxLength: 4 }),
});
const snapshotArbitrary = fc.record({
  nodes: fc.array(nodeArbitrary, { minLength: 1, maxLength: 8 }),
  artifacts: fc.array(artifactArbitrary, { maxLength: 12 }),
  tokens: fc.integer({ min: 0, max: 10 }),
  brake: fc.constantFrom('off', 'on', 'unknown'),
  paused: fc.boolean(),
  target: fc.integer({ min: 0, max: 4 }),
});

describe('decideRepair, whatever it sees', () => {
  it('never overloads a node or the budget, fills no disk, counts on no ephemeral node, and takes copies from who has them', () => {
    fc.assert(
      fc.property(snapshotArbitrary, ({ nodes: plans, artifacts, tokens, brake, paused, target }) => {
        const nodes = plans.map(({ ephemeral, provider, lifecycle, silentSeconds, usedPercent }, index) =>
          makeHolder(index, {
            provider,
            lifecycle,
            capabilities: { ephemeral },
            heartbeatAt: at(-silentSeconds),
            disk: { totalBytes: 100 * GB, freeBytes: 50 * GB, usedPercent },
          }),
        );
        const running = plans.flatMap(({ running: count }, index) =>
          Array.from({ length: count }, (_, each) => makeRunning(index * 10 + each, index)),
        );
        const ledger = {
          tokens,
          refilledAt: at(0),
          running: Object.fromEntries(running.map((repair) => [repair.repairId, repair])),
          outcomes: [],
          revision: 1,
        };
        const candidates = artifacts.map(({ stored, holders }, index) =>
          marked((stored ? inStore : onNodes)(`a${index}`, ...holders)),
        );
        const snapshot = makeSnapshot({
          candidates,
          nodes,
          ledger,
          brake,
          pausedBy: paused ? 'somebody' : undefined,
        });
        const decisions = decideRepair(snapshot, replicationRules({ targetNodeCopies: target }), START);
        const repairs = decisions.flatMap((decision) => decision.repairs);
        const loadOf = (nodeId: string): number =>
          [...running, ...repairs].filter((repair) => repair.nodeId === nodeId).length;
        const planOf = (nodeId: string) => plans[nodes.findIndex((node) => node.nodeId === nodeId)];
        const isSound = repairs.every(({ nodeId, artifactId, action }) => {
          const plan = planOf(nodeId);
          const artifact = candidates.find((each) => each.artifact.artifactId === artifactId)?.artifact;
          if (plan === undefined || artifact === undefined) return false;
          const reachable = plan.lifecycle === 'active' && plan.silentSeconds < 90;
          const holds = artifact.replicaNodeIds.includes(nodeId);
          if (!reachable || loadOf(nodeId) > 5) return false;
          if (action === 'push') return holds && artifact.storeReplica === undefined;
          return (
            !holds &&
            artifact.storeReplica !== undefined &&
            !plan.ephemeral &&
            plan.usedPercent < 70 &&
            brake === 'off'
          );
        });
        return (
          isSound &&
          decisions.length === candidates.length &&
          repairs.length <= tokens &&
          new Set(repairs.map(({ repairId }) => repairId)).size === repairs.length &&
          (!paused || repairs.length === 0) &&
          decisions.every(
            ({ action, evidence }) =>
              (action === 'lose') === (evidence.state === 'lost') &&
              (action !== 'settle' || (evidence.inStore && evidence.missingNodeCopies === 0)),
          )
        );
      }),
      { numRuns: 300 },
    );
  });
});
