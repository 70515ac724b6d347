import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssignmentSnapshot, decideAssignments } from '../../lib/work/decide-assignments.ts';
import { refusalOf } from '../../lib/work/node-fit.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import { atText, START } from '../nodes/fixtures.ts';
import { makeItem, makeWorker, workIdOf } from './work-fixture.ts';

const fit = { policies: [], isHeld: () => false, paused: false, fullDiskPercent: 93, now: START };
const snapshot = (overrides: Partial<AssignmentSnapshot>): AssignmentSnapshot => ({
  nodes: [],
  items: [],
  fit,
  shares: { campaigns: {}, jobTypes: {} },
  ...overrides,
});
let made = 0;
const item = (overrides: Partial<WorkItem> = {}): WorkItem => {
  made += 1;
  return makeItem({ workId: workIdOf(made), ...overrides });
};
const items = (count: number, overrides: Partial<WorkItem> = {}): WorkItem[] =>
  Array.from({ length: count }, () => item(overrides));
const workers = (count: number, slots = 1) =>
  Array.from({ length: count }, (_, index) =>
    makeWorker(index + 1, { heartbeat: { slots: { total: slots, free: slots } } }),
  );
const tally = (given: readonly { item: WorkItem }[], key: (one: WorkItem) => string | undefined) => {
  const counts: Record<string, number> = {};
  for (const { item: one } of given) counts[key(one) ?? ''] = (counts[key(one) ?? ''] ?? 0) + 1;
  return counts;
};

describe('decideAssignments', () => {
  it('gives one item to each free slot, the oldest first', () => {
    const [young, old] = [item({ availableAt: atText(-1) }), item({ availableAt: atText(-9) })];
    const { assignments } = decideAssignments(snapshot({ nodes: workers(1), items: [young, old] }));
    expect(assignments.map(({ item: { workId } }) => workId)).toEqual([old.workId]);
  });

  it('gives the urgent lane first, whatever is older or below its share', () => {
    const urgent = item({ lane: 'urgent', campaignId: 'full' });
    const waiting = items(5, { campaignId: 'starved', availableAt: atText(-900) });
    const shares = { campaigns: { starved: 0.99, full: 0.01 }, jobTypes: {} };
    const { assignments } = decideAssignments(
      snapshot({ nodes: workers(1), items: [...waiting, urgent], shares }),
    );
    expect(assignments).toMatchObject([{ item: { workId: urgent.workId } }]);
  });

  it('spreads work over the nodes before it gives one of them a second item', () => {
    const { assignments } = decideAssignments(snapshot({ nodes: workers(3, 4), items: items(4) }));
    const counts = tally(assignments, () => '');
    expect(counts).toEqual({ '': 4 });
    expect(new Set(assignments.slice(0, 3).map(({ nodeId }) => nodeId)).size).toBe(3);
  });

  it('leaves nodes with GPUs to work that needs them', () => {
    const gpu = makeWorker(1, {
      capabilities: { acceptsKinds: [], trains: false, ephemeral: false, gpuCount: 1 },
    });
    const cpu = makeWorker(2);
    const needsGpu = item({ requires: { gpus: 1 }, class: 'gpu' });
    const { assignments } = decideAssignments(snapshot({ nodes: [gpu, cpu], items: [item(), needsGpu] }));
    expect(assignments.map(({ nodeId, item: one }) => [nodeId, one.class])).toEqual([
      [cpu.nodeId, 'cpu'],
      [gpu.nodeId, 'gpu'],
    ]);
  });

  it('never plans more GPUs than a node has', () => {
    const node = makeWorker(1, {
      capabilities: { acceptsKinds: [], trains: false, ephemeral: false, gpuCount: 4 },
      heartbeat: { slots: { total: 8, free: 8 } },
    });
    const wanting = items(5, { requires: { gpus: 2 }, class: 'gpu' });
    const decision = decideAssignments(snapshot({ nodes: [node], items: wanting }));
    expect(decision.assignments).toHaveLength(2);
    expect(decision.refusals).toEqual({ 'no-free-gpus': 1 });
  });

  it('counts every refusal by its reason [events#6-10]', () => {
    const nodes = [
      makeWorker(1, { lifecycle: 'lost' }),
      makeWorker(2, { heartbeat: { jobTemplates: {} } }),
      makeWorker(3, { heartbeat: { slots: { total: 0, free: 0 } } }),
    ];
    const { assignments, refusals } = decideAssignments(snapshot({ nodes, items: items(3) }));
    expect(assignments).toEqual([]);
    expect(refusals).toEqual({ 'not-active': 1, 'template-unknown': 1, 'no-free-slot': 1 });
  });

  it('counts what runs from the leases of nodes alone, so that who has less gets more [events#5-3] [events#5-5]', () => {
    const lease = (campaignId: string) => ({
      workId: 'w',
      attempt: 1,
      leaseUntil: atText(300),
      campaignId,
      jobType: 'selfplay',
    });
    const busy = makeWorker(9, { leases: { a: lease('one'), b: lease('one'), c: lease('one') } });
    const nodes = [...workers(3), busy];
    const shares = { campaigns: { one: 0.5, two: 0.5 }, jobTypes: {} };
    const waiting = [...items(9, { campaignId: 'one' }), ...items(9, { campaignId: 'two' })];
    const { assignments } = decideAssignments(snapshot({ nodes, items: waiting, shares }));
    expect(tally(assignments, ({ campaignId }) => campaignId)).toEqual({ two: 3 });
  });

  it('divides a campaign by its mix, within one item of it', () => {
    const shares = {
      campaigns: { hex8: 1 },
      jobTypes: { hex8: { selfplay: 0.6, training: 0.3, tournament: 0.1 } },
    };
    for (const slots of [1, 2, 3, 10]) {
      const waiting = ['selfplay', 'training', 'tournament'].flatMap((jobType) =>
        items(10, { campaignId: 'hex8', jobType }),
      );
      const { assignments } = decideAssignments(snapshot({ nodes: workers(slots), items: waiting, shares }));
      const counts = tally(assignments, ({ jobType }) => jobType);
      for (const [jobType, share] of Object.entries(shares.jobTypes.hex8))
        expect(Math.abs((counts[jobType] ?? 0) - share * slots)).toBeLessThan(1);
    }
  });

  it('gives what belongs to no campaign, or to one that is no more, a share like the mean', () => {
    const shares = { campaigns: { a: 0.5, b: 0.5 }, jobTypes: {} };
    const waiting = [
      ...items(9, { campaignId: 'a' }),
      ...items(9, { campaignId: 'b' }),
      ...items(9),
      ...items(9, { campaignId: 'gone' }),
    ];
    const { assignments } = decideAssignments(snapshot({ nodes: workers(8), items: waiting, shares }));
    expect(tally(assignments, ({ campaignId }) => campaignId)).toEqual({ a: 2, b: 2, '': 2, gone: 2 });
  });

  it('is fair within one item, never to an unfit node, and urgent first', () => {
    const campaigns = ['a', 'b', 'c', 'd'];
    const scene = fc.record({
      weights: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 4 }),
      slots: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 }),
      bad: fc.array(fc.constantFrom('lost', 'draining', 'active'), { minLength: 12, maxLength: 12 }),
      urgent: fc.integer({ min: 0, max: 5 }),
    });
    return fc.assert(
      fc.property(scene, ({ weights, slots, bad, urgent }) => {
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const shares = {
          campaigns: Object.fromEntries(
            weights.map((weight, index) => [campaigns[index] ?? '', weight / sum]),
          ),
          jobTypes: {},
        };
        const nodes = slots.map((total, index) =>
          makeWorker(index + 1, {
            lifecycle: bad[index] ?? 'active',
            heartbeat: { slots: { total, free: total } },
          }),
        );
        const waiting = weights.flatMap((_, index) => items(60, { campaignId: campaigns[index] ?? '' }));
        const pressing = items(urgent, { lane: 'urgent' });
        const { assignments } = decideAssignments(
          snapshot({ nodes, items: [...waiting, ...pressing], shares }),
        );

        const free = nodes.filter((node) => refusalOf(node, waiting[0] ?? item(), fit) === undefined);
        const capacity = free.reduce((total, { heartbeat }) => total + (heartbeat?.slots.total ?? 0), 0);
        expect(assignments).toHaveLength(capacity);
        expect(new Set(assignments.map(({ item: one }) => one.workId)).size).toBe(assignments.length);
        for (const node of nodes) {
          const given = assignments.filter(({ nodeId }) => nodeId === node.nodeId).length;
          expect(given).toBe(free.includes(node) ? (node.heartbeat?.slots.total ?? 0) : 0);
        }
        const first = assignments.slice(0, Math.min(urgent, capacity));
        expect(first.every(({ item: one }) => one.lane === 'urgent')).toBe(true);
        const normal = assignments.slice(first.length);
        const counts = tally(normal, ({ campaignId }) => campaignId);
        for (const [campaign, share] of Object.entries(shares.campaigns))
          expect(Math.abs((counts[campaign] ?? 0) - share * normal.length)).toBeLessThan(1 + 1e-9);
      }),
      { numRuns: 60 },
    );
  });
});
