import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { resolveHealthPolicy } from '../../lib/health/health-policy.ts';
import { createMemoryBrakeStore } from '../../lib/health/memory-brake-store.ts';
import { createMemoryFleetHealthStore } from '../../lib/health/memory-fleet-health-store.ts';
import { createMemoryOutcomeStore } from '../../lib/health/memory-outcome-store.ts';
import { createMemoryPauseStore } from '../../lib/health/memory-pause-store.ts';
import { type ScorePolicy, type ScoreReport, scoreHealth } from '../../lib/health/score-health.ts';
import type { ScorePorts } from '../../lib/health/score-ports.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { Lifecycle } from '../../lib/nodes/node.ts';
import { createMemoryInstanceStore } from '../../lib/providers/memory-instance-store.ts';
import { createMemoryPaceStore } from '../../lib/providers/memory-pace-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import { createMemoryReplicationStore } from '../../lib/replication/memory-replication-store.ts';
import { atText, createTestClock, makeHeartbeat, makeNode } from '../nodes/fixtures.ts';

/** The numbers that are built in. */
const SCORE_POLICY: ScorePolicy = { health: resolveHealthPolicy({}), idle: {} };

const nodeIdOf = (index: number): string => `n-${String(index).padStart(12, '0')}`;

/** A fleet of static nodes in memory, evaluated once a minute. They beat unless they are told to be silent. */
const createFleet = async (count: number, changes: Partial<ScorePorts> = {}) => {
  const clock = createTestClock();
  const nodes = createMemoryNodeStore();
  const outcomes = createMemoryOutcomeStore();
  const holds = createMemoryHoldStore();
  const publisher = createMemoryPublisher();
  const audit = createMemoryAuditStore();
  const files: string[] = [];
  const ports: ScorePorts = {
    replication: createMemoryReplicationStore(),
    nodes,
    instances: createMemoryInstanceStore(),
    states: createMemoryProviderStateStore(),
    paces: createMemoryPaceStore(),
    outcomes,
    holds,
    reportsWaiting: async () => 0,
    brakes: createMemoryBrakeStore(),
    pauses: createMemoryPauseStore(),
    evaluations: createMemoryFleetHealthStore(),
    file: {
      write: async (json) => {
        files.push(json);
      },
    },
    audit,
    publisher,
    clock,
    actor: 'score-health',
    ...changes,
  };
  const silent = new Set<string>();
  let seq = 0;
  for (let index = 0; index < count; index += 1) {
    await nodes.create(
      makeNode({
        nodeId: nodeIdOf(index),
        provider: 'static',
        lifecycle: 'active',
        activatedAt: atText(-3600),
      }),
    );
  }
  const beat = async (): Promise<void> => {
    seq += 1;
    for (const { nodeId } of await nodes.listByLifecycle(['active', 'draining'])) {
      if (silent.has(nodeId)) continue;
      await nodes.recordHeartbeat(nodeId, {
        bootId: 'boot-1',
        seq,
        heartbeat: makeHeartbeat(),
        sentAt: clock.now(),
        marks: { heartbeatRecordedAt: clock.now().toISOString() },
      });
    }
  };
  const evaluate = (): Promise<ScoreReport> => scoreHealth(ports, SCORE_POLICY);
  const minuteLater = async (): Promise<ScoreReport> => {
    clock.advance(60);
    await beat();
    return evaluate();
  };
  await beat();
  return {
    ports,
    clock,
    nodes,
    outcomes,
    holds,
    audit,
    files,
    /** From now on these nodes do not beat. */
    silence: (...indexes: number[]) => {
      for (const index of indexes) silent.add(nodeIdOf(index));
    },
    wake: () => silent.clear(),
    end: async (index: number, lifecycle: Extract<Lifecycle, 'terminated' | 'lost'>) => {
      const node = await nodes.get(nodeIdOf(index));
      await nodes.end(nodeIdOf(index), node?.revision ?? 0, lifecycle, clock.now());
    },
    evaluate,
    /** So many evaluations, a minute apart, after a beat each; the last one's report. */
    pass: async (minutes: number): Promise<ScoreReport> => {
      for (let minute = 1; minute < minutes; minute += 1) await minuteLater();
      return minuteLater();
    },
    stateOf: async (index: number) => (await nodes.get(nodeIdOf(index)))?.health?.state,
    told: (name: string) => publisher.published.filter((event) => event.name === name),
  };
};

export { createFleet, nodeIdOf, SCORE_POLICY };
