import { describe, expect, it } from 'vitest';
import { fullDiskPercentOf } from '../../lib/work/disk-full.ts';
import { digestTemplate } from '../../lib/work/job-template.ts';
import { classesOf, type FitContext, type RefusalReason, refusalOf } from '../../lib/work/node-fit.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import { at, atText, makeHeartbeat, START } from '../nodes/fixtures.ts';
import { makeItem, makeWorker, nodeIdOf, selfplay } from './work-fixture.ts';

const NODE = nodeIdOf(1);
const context = (overrides: Partial<FitContext> = {}): FitContext => ({
  policies: [],
  fullDiskPercent: 93,
  isHeld: () => false,
  paused: false,
  now: START,
  ...overrides,
});
const held = (scope: string): FitContext => context({ isHeld: (scopes) => scopes.includes(scope) });
const drain = { drainId: 'd', epoch: 1, startedAt: atText(0), drainUntil: atText(900), reason: 'idle' };
const health = (state: 'healthy' | 'degraded' | 'unhealthy' | 'unreachable' | 'unknown') => ({
  health: { state, since: atText(0), reasons: ['beating' as const] },
});
const disk = (usedPercent: number) => ({
  heartbeat: { disk: { totalBytes: 1000, freeBytes: 10, usedPercent } },
});
const lease = { workId: 'w-1', attempt: 1, leaseUntil: atText(300) };
const gpus = (gpuCount: number, gpuMemoryBytes = 24_000_000_000) => ({
  capabilities: { acceptsKinds: [], trains: false, ephemeral: false, gpuCount, gpuMemoryBytes },
});
const needs = (requires: Partial<WorkItem['requires']>): Partial<WorkItem> => ({
  requires: { gpus: 0, ...requires },
});

type Case = [what: string, node: Parameters<typeof makeWorker>[1], reason: RefusalReason | undefined];

describe('refusalOf', () => {
  it.each<Case>([
    ['is fit and has a free slot', {}, undefined],
    ['is pending', { lifecycle: 'pending' }, 'not-active'],
    ['is lost', { lifecycle: 'lost' }, 'not-active'],
    ['is terminating', { lifecycle: 'terminating' }, 'not-active'],
    ['drains', { lifecycle: 'draining' }, 'draining'],
    ['has a drain', { drain }, 'draining'],
    ['says that it drains', { heartbeat: { mode: 'draining' } }, 'draining'],
    ['is revoked', { revokedAt: atText(0) }, 'revoked'],
    ['beat 89.999 s ago', { heartbeatAt: at(-89.999).toISOString() }, undefined],
    ['beat 90 s ago', { heartbeatAt: at(-90).toISOString() }, 'stale-heartbeat'],
    ['is degraded', health('degraded'), undefined],
    ['is unhealthy', health('unhealthy'), 'unhealthy'],
    ['is unreachable', health('unreachable'), 'unhealthy'],
    ['has an unknown health', health('unknown'), 'health-unknown'],
    ['has a disk of 92.9 %', disk(92.9), undefined],
    ['has a disk of 93 %', disk(93), 'disk-full'],
    ['has as many leases as slots', { leases: { t: lease } }, 'no-free-slot'],
    [
      'has a slot beside its lease',
      { leases: { t: lease }, heartbeat: { slots: { total: 2, free: 1 } } },
      undefined,
    ],
    ['has no slots', { heartbeat: { slots: { total: 0, free: 0 } } }, 'no-free-slot'],
    ['knows no templates', { heartbeat: { jobTemplates: {} } }, 'template-unknown'],
    [
      'has another version of the template',
      { heartbeat: { jobTemplates: { selfplay: 'x' } } },
      'template-differs',
    ],
    ['has a template of its own', { heartbeat: { jobTemplates: { selfplay: 'own' } } }, undefined],
  ])('gives work to a node that %s, or says why not [events#5-8] [events#6-10]', (_what, node, reason) => {
    expect(refusalOf(makeWorker(1, node), makeItem(), context())).toBe(reason);
  });

  it('takes a disk for full where the applied policy does', () => {
    const fullDiskPercent = fullDiskPercentOf({ disk: { unhealthyPercent: 80 } });
    expect(fullDiskPercent).toBe(80);
    expect(fullDiskPercentOf({})).toBe(93);
    expect(refusalOf(makeWorker(1, disk(79.9)), makeItem(), context({ fullDiskPercent }))).toBeUndefined();
    expect(refusalOf(makeWorker(1, disk(80)), makeItem(), context({ fullDiskPercent }))).toBe('disk-full');
  });

  it('refuses a node that was never heard, and one that nobody judged', () => {
    const { heartbeat: _heartbeat, health: _health, ...silent } = makeWorker(1);
    expect(refusalOf(silent, makeItem(), context())).toBe('stale-heartbeat');
    expect(refusalOf({ ...silent, heartbeat: makeHeartbeat() }, makeItem(), context())).toBe(
      'health-unknown',
    );
  });

  it.each<[string, Partial<WorkItem>, Parameters<typeof makeWorker>[1], RefusalReason | undefined]>([
    ['no GPU', needs({ gpus: 1 }), {}, 'no-free-gpus'],
    ['a free GPU', needs({ gpus: 1 }), gpus(1), undefined],
    [
      'GPUs in use',
      needs({ gpus: 2 }),
      { ...gpus(2), heartbeat: { slots: { total: 2, free: 1 } }, leases: { t: { ...lease, gpus: 1 } } },
      'no-free-gpus',
    ],
    ['GPUs of 24 GB for 24', needs({ gpus: 1, gpuMemoryGigabytes: 24 }), gpus(1), undefined],
    ['GPUs of 24 GB for 25', needs({ gpus: 1, gpuMemoryGigabytes: 25 }), gpus(1), 'gpu-memory'],
    ['the label', needs({ labels: { team: 'a' } }), { labels: { team: 'a' } }, undefined],
    ['another label', needs({ labels: { team: 'a' } }), { labels: { team: 'b' } }, 'labels'],
    ['a failure a moment ago', { avoid: { [NODE]: atText(1) } }, {}, 'avoided'],
    ['a failure long ago', { avoid: { [NODE]: atText(0) } }, {}, undefined],
    ['a failure elsewhere', { avoid: { [nodeIdOf(2)]: atText(1) } }, {}, undefined],
  ])('looks at what the work needs: a node with %s', (_what, item, node, reason) => {
    expect(refusalOf(makeWorker(1, node), makeItem(item), context())).toBe(reason);
  });

  it('leaves a template without a command to the node that has its own', () => {
    const { templateDigest, ...own } = makeItem();
    expect(templateDigest).toBe(digestTemplate(selfplay));
    const knows = (digest: string) => makeWorker(1, { heartbeat: { jobTemplates: { selfplay: digest } } });
    expect(refusalOf(knows('own'), own, context())).toBeUndefined();
    expect(refusalOf(knows('own'), makeItem(), context())).toBeUndefined();
    expect(refusalOf(knows(digestTemplate(selfplay)), own, context())).toBe('template-differs');
  });

  it.each([
    ['fleet', 'held'],
    ['provider:vast', 'held'],
    [`node:${NODE}`, 'held'],
    ['campaign:hex8', 'campaign-held'],
    ['campaign:other', undefined],
    ['provider:runpod', undefined],
  ])('heeds a hold of %s', (scope, reason) => {
    const item = makeItem({ campaignId: 'hex8' });
    expect(refusalOf(makeWorker(1), item, held(scope))).toBe(reason);
  });

  it('starts nothing while the pipeline is paused, but what is urgent', () => {
    const paused = context({ paused: true });
    expect(refusalOf(makeWorker(1), makeItem(), paused)).toBe('pipeline-paused');
    expect(refusalOf(makeWorker(1), makeItem({ lane: 'urgent' }), paused)).toBeUndefined();
  });

  it('heeds the policies of nodes', () => {
    const policies = [{ match: ['provider=vast'], deny: ['selfplay'] }];
    expect(refusalOf(makeWorker(1), makeItem(), context({ policies }))).toBe('job-type-denied');
  });

  it('gives work to a busy GPU: its use is no measure of its slots [events#5-2]', () => {
    const heartbeat = { gpus: [{ index: 0, utilizationPercent: 100 }], cpuPercent: 100 };
    expect(refusalOf(makeWorker(1, { ...gpus(1), heartbeat }), makeItem(), context())).toBeUndefined();
  });
});

describe('classesOf', () => {
  it.each([
    [0, undefined, ['cpu']],
    [1, undefined, ['cpu', 'gpu']],
    [1, 24_000_000_000, ['cpu', 'gpu']],
    [1, 39_999_999_999, ['cpu', 'gpu']],
    [2, 40_000_000_000, ['cpu', 'gpu', 'gpu-large']],
  ])('of %s GPUs with %s bytes are %s', (gpuCount, gpuMemoryBytes, classes) => {
    const { capabilities } = makeWorker(1);
    const changed = {
      ...capabilities,
      gpuCount,
      ...(gpuMemoryBytes === undefined ? {} : { gpuMemoryBytes }),
    };
    expect(classesOf({ capabilities: changed })).toEqual(classes);
  });
});
