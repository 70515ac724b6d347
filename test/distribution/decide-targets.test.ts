import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideTargets } from '../../lib/distribution/decide-targets.ts';
import { skipReasonSchema } from '../../lib/distribution/distribution.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { addSeconds, secondsSince, toTimestamp } from '../../lib/time.ts';
import {
  GB,
  makeArtifact,
  makeDelivery,
  makeNode,
  type NodeChanges,
  nodeIdOf,
  policy,
  START,
} from './fixtures.ts';

const later = (seconds: number): string => toTimestamp(addSeconds(START, seconds));
const promotion = { type: 'promotion' } as const;

const decide = (nodes: readonly Node[], artifact = makeArtifact()) =>
  decideTargets({ artifact, nodes, deliveries: [], policy, trigger: promotion, now: START });

const reasonFor = (changes: NodeChanges, artifact = makeArtifact()): string =>
  decide([makeNode(1, changes)], artifact)
    .map(({ action, reason }) => `${action} ${reason}`)
    .join();

const disk = (usedPercent: number, freeBytes = 50 * GB) => ({ totalBytes: 100 * GB, freeBytes, usedPercent });

describe('decideTargets', () => {
  it.each<[string, NodeChanges, string]>([
    ['a live node', {}, 'send accepts-kind'],
    ['a revoked node', { revokedAt: later(-1) }, 'skip revoked'],
    ['a pending node', { lifecycle: 'pending' }, 'skip not-active'],
    ['a draining node', { lifecycle: 'draining' }, 'skip not-active'],
    ['a terminating node', { lifecycle: 'terminating' }, 'skip not-active'],
    ['a lost node', { lifecycle: 'lost' }, 'skip not-active'],
    ['a node that refuses the kind', { capabilities: { acceptsKinds: ['npz'] } }, 'skip kind-not-accepted'],
    ['a node that never beat', { noHeartbeat: true }, 'skip heartbeat-unknown'],
    ['a heartbeat of exactly 300 s', { heartbeatAt: later(-300) }, 'send accepts-kind'],
    ['a heartbeat of 300.001 s', { heartbeatAt: later(-300.001) }, 'skip heartbeat-stale'],
    ['a node excluded until later', { excludedUntil: later(1), excludedReason: 'flaky' }, 'skip excluded'],
  ])('says for %s: %#', (_title, changes, expected) => {
    expect(reasonFor(changes)).toBe(expected);
  });

  it.each([
    [69.9, 'send accepts-kind'],
    [70, 'skip disk-full'],
    [70.1, 'skip disk-full'],
  ])('[sync#13-4] [sync#L4] takes a disk of %s %% for: %s', (usedPercent, expected) => {
    expect(reasonFor({ disk: disk(usedPercent) })).toBe(expected);
  });

  it.each([
    [1_999_999, 'skip disk-too-small'],
    [2_000_000, 'send accepts-kind'],
  ])('needs twice the size free: %i bytes for 1 MB gives %s', (freeBytes, expected) => {
    expect(reasonFor({ disk: disk(10, freeBytes) }, makeArtifact({ bytes: 1_000_000 }))).toBe(expected);
  });

  it('[sync#13-5] skips a node whose disk is unknown: unknown is not empty', () => {
    expect(reasonFor({ noDisk: true })).toBe('skip disk-unknown');
  });

  it('[sync#13-14] [sync#7.5-10] skips a node that holds it verified, even when its disk is full', () => {
    const artifact = makeArtifact({ replicaNodeIds: [nodeIdOf(1)] });
    expect(reasonFor({ disk: disk(95) }, artifact)).toBe('skip holds-verified');
  });

  it('does not count a holder that is silent', () => {
    const artifact = makeArtifact({ replicaNodeIds: [nodeIdOf(1)] });
    expect(reasonFor({ heartbeatAt: later(-301) }, artifact)).toBe('skip heartbeat-stale');
  });

  it('sends again when the row says verified but the node has lost its copy', () => {
    const outcomes = decideTargets({
      artifact: makeArtifact(),
      nodes: [makeNode(1)],
      deliveries: [makeDelivery({ state: 'verified' })],
      policy,
      trigger: promotion,
      now: START,
    });
    expect(outcomes).toMatchObject([{ action: 'send', evidence: { delivery: 'verified' } }]);
  });

  it.each([0, -1])('[sync#13-25] [sync#L19] ends an exclusion at its time (%i s)', (seconds) => {
    expect(reasonFor({ excludedUntil: later(seconds) })).toBe('send accepts-kind');
  });

  it('[sync#13-3] sends models to a node that takes no games', () => {
    expect(reasonFor({ capabilities: { acceptsKinds: ['model', 'npz'] } })).toBe('send accepts-kind');
  });

  it('[sync#13-10] sends a new version under an old name to the holders of the old one', () => {
    const old = makeArtifact({ version: '11', replicaNodeIds: [nodeIdOf(1)] });
    const next = makeArtifact({ version: '12' });
    expect([reasonFor({}, old), reasonFor({}, next)]).toEqual(['skip holds-verified', 'send accepts-kind']);
  });

  it('[sync#L13] [health-and-idle#12-28] chooses by capability, never by role', () => {
    const artifact = makeArtifact({ kind: 'npz' });
    const roles = ['gpu_training_primary', 'coordinator', 'anything'];
    const nodes = roles.map((role, index) => makeNode(index, { role, capabilities: { trains: true } }));
    expect(decide(nodes, artifact).map(({ reason }) => reason)).toEqual(['trains', 'trains', 'trains']);
  });

  it('sends training files to those that train only', () => {
    const nodes = [makeNode(1, { capabilities: { trains: true, gpuCount: 0 } }), makeNode(2)];
    expect(decide(nodes, makeArtifact({ kind: 'npz' })).map(({ reason }) => reason)).toEqual([
      'trains',
      'does-not-train',
    ]);
  });

  it('sends training files to GPU nodes when no live node trains', () => {
    const nodes = [
      makeNode(1, { capabilities: { trains: true }, lifecycle: 'lost' }),
      makeNode(2),
      makeNode(3, { capabilities: { gpuCount: 0 } }),
    ];
    expect(decide(nodes, makeArtifact({ kind: 'npz' })).map(({ reason }) => reason)).toEqual([
      'not-active',
      'has-gpu',
      'does-not-train',
    ]);
  });

  it('does not fall back to GPU nodes while those that train are only full', () => {
    const nodes = [makeNode(1, { capabilities: { trains: true }, disk: disk(90) }), makeNode(2)];
    expect(decide(nodes, makeArtifact({ kind: 'npz' })).map(({ reason }) => reason)).toEqual([
      'disk-full',
      'does-not-train',
    ]);
  });

  it('considers only the node that was activated', () => {
    const trigger = { type: 'node-activated', nodeId: nodeIdOf(2) } as const;
    const nodes = [makeNode(1), makeNode(2), makeNode(3)];
    const outcomes = decideTargets({
      artifact: makeArtifact(),
      nodes,
      deliveries: [],
      policy,
      trigger,
      now: START,
    });
    expect(outcomes.map(({ nodeId }) => nodeId)).toEqual([nodeIdOf(2)]);
  });
});

const nodeChanges: fc.Arbitrary<NodeChanges> = fc
  .record({
    lifecycle: fc.constantFrom('pending', 'active', 'active', 'active', 'draining', 'lost'),
    revoked: fc.boolean(),
    ageSeconds: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 600 })),
    usedPercent: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 100 })),
    freeBytes: fc.integer({ min: 0, max: 10_000_000 }),
    trains: fc.boolean(),
    gpuCount: fc.integer({ min: 0, max: 2 }),
    takesModels: fc.boolean(),
    excludedSeconds: fc.oneof(fc.constant(undefined), fc.integer({ min: -100, max: 100 })),
  })
  .map(
    (made): NodeChanges => ({
      lifecycle: made.lifecycle,
      ...(made.revoked ? { revokedAt: later(-5) } : {}),
      ...(made.ageSeconds === undefined ? { noHeartbeat: true } : { heartbeatAt: later(-made.ageSeconds) }),
      ...(made.usedPercent === undefined
        ? { noDisk: true }
        : { disk: disk(made.usedPercent, made.freeBytes) }),
      ...(made.excludedSeconds === undefined ? {} : { excludedUntil: later(made.excludedSeconds) }),
      capabilities: {
        trains: made.trains,
        gpuCount: made.gpuCount,
        acceptsKinds: made.takesModels ? ['model', 'npz'] : ['npz'],
      },
    }),
  );

describe('decideTargets, whatever the fleet', () => {
  const fleets = fc
    .record({
      changes: fc.array(nodeChanges, { maxLength: 12 }),
      kind: fc.constantFrom('model', 'npz', 'checkpoint'),
      bytes: fc.integer({ min: 0, max: 6_000_000 }),
      holders: fc.array(fc.integer({ min: 0, max: 11 })),
    })
    .map(({ changes, kind, bytes, holders }) => ({
      nodes: changes.map((change, index) => makeNode(index, change)),
      artifact: makeArtifact({ kind, bytes, replicaNodeIds: holders.map(nodeIdOf) }),
    }));

  it('gives every node exactly one outcome with a known reason', () => {
    fc.assert(
      fc.property(fleets, ({ nodes, artifact }) => {
        const outcomes = decide(nodes, artifact);
        expect(outcomes.map(({ nodeId }) => nodeId)).toEqual(nodes.map(({ nodeId }) => nodeId).sort());
        for (const outcome of outcomes) {
          if (outcome.action === 'skip') expect(skipReasonSchema.options).toContain(outcome.reason);
        }
      }),
    );
  });

  it('never sends to a node that is silent, full, revoked, not active, excluded or a holder', () => {
    fc.assert(
      fc.property(fleets, ({ nodes, artifact }) => {
        const sent = new Set(
          decide(nodes, artifact)
            .filter(({ action }) => action === 'send')
            .map(({ nodeId }) => nodeId),
        );
        for (const node of nodes.filter(({ nodeId }) => sent.has(nodeId))) {
          expect(node.lifecycle).toBe('active');
          expect(node.revokedAt).toBeUndefined();
          expect(secondsSince(node.heartbeatAt ?? '1970-01-01T00:00:00.000Z', START)).toBeLessThanOrEqual(
            300,
          );
          expect(node.heartbeat?.disk?.usedPercent).toBeLessThan(70);
          expect(node.heartbeat?.disk?.freeBytes).toBeGreaterThanOrEqual(2 * artifact.bytes);
          expect((node.excludedUntil ?? '') > toTimestamp(START)).toBe(false);
          expect(artifact.replicaNodeIds).not.toContain(node.nodeId);
        }
      }),
    );
  });

  it('does not depend on the order of the nodes', () => {
    fc.assert(
      fc.property(
        fleets.chain(({ nodes, artifact }) =>
          fc.record({
            nodes: fc.constant(nodes),
            artifact: fc.constant(artifact),
            shuffled: fc.shuffledSubarray(nodes, { minLength: nodes.length }),
          }),
        ),
        ({ nodes, artifact, shuffled }) => {
          expect(decide(shuffled, artifact)).toEqual(decide(nodes, artifact));
        },
      ),
    );
  });
});
