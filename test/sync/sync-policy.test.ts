import { describe, expect, it } from 'vitest';
import { decideBlocked } from '../../lib/sync/decide-blocked.ts';
import { allowsUse, DISK_TIERS, diskTierOf } from '../../lib/sync/disk-tier.ts';
import { distributionPolicyOf } from '../../lib/sync/distribution-policy-of.ts';
import { syncConfigSchema } from '../../lib/sync/sync-config.ts';
import { bandwidthOf, nodeSyncOf, resolveSyncPolicy, strategyOf } from '../../lib/sync/sync-policy.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeNode, nodeIdOf, START } from '../distribution/fixtures.ts';

const vast = makeNode(1, { provider: 'vast', capabilities: { ephemeral: true } });
const own = makeNode(2, { provider: 'static' });
const nothing = syncConfigSchema.parse({});

describe('the section sync', () => {
  it('gives every provider its bandwidth, and a node its own above that', () => {
    expect([bandwidthOf(nothing, vast), bandwidthOf(nothing, own)]).toEqual([50_000_000, 100_000_000]);
    const config = syncConfigSchema.parse({
      bandwidthBytesPerSecond: 10,
      providers: { vast: { bandwidthBytesPerSecond: 20 } },
      nodes: { [nodeIdOf(1)]: { bandwidthBytesPerSecond: 30 } },
    });
    expect([bandwidthOf(config, vast), bandwidthOf(config, own)]).toEqual([30, 10]);
    expect(distributionPolicyOf(config)).toMatchObject({
      providerBandwidth: { vast: 20, static: 10, runpod: 10, 'lambda-labs': 10 },
      nodeBandwidth: { [nodeIdOf(1)]: 30 },
    });
  });

  it('takes a node for what it is, unless it is told otherwise', () => {
    expect([strategyOf(nothing, vast), strategyOf(nothing, own)]).toEqual(['ephemeral', 'hybrid']);
    const config = syncConfigSchema.parse({
      strategy: 'ephemeral',
      providers: { vast: { strategy: 'auto' } },
    });
    expect([strategyOf(config, vast), strategyOf(config, own)]).toEqual(['ephemeral', 'ephemeral']);
  });

  it('tells a node only what is set: older agents refuse what they do not know', () => {
    expect(nodeSyncOf(nothing, vast)).toBeUndefined();
    expect(nodeSyncOf(syncConfigSchema.parse({ strategy: 'auto', newest: 3 }), vast)).toBeUndefined();
    expect(nodeSyncOf(syncConfigSchema.parse({ batchSeconds: 5 }), vast)).toEqual({ batchSeconds: 5 });
  });

  it.each([
    [undefined, 'unknown'],
    [69.9, 'open'],
    [70, 'full'],
    [92.9, 'full'],
    [93, 'stop-producing'],
    [95.9, 'stop-producing'],
    [96, 'emergency'],
  ] as const)('puts a disk at %s %% into the tier %s', (usedPercent, tier) => {
    expect(diskTierOf(usedPercent, DISK_TIERS)).toBe(tier);
  });
});

describe('allowsUse', () => {
  it.each([
    [undefined, [false, true, true, true]],
    [0, [true, true, true, true]],
    [69.9, [true, true, true, true]],
    [70, [false, true, true, true]],
    [92.9, [false, true, true, true]],
    [93, [false, false, true, true]],
    [95.9, [false, false, true, true]],
    [96, [false, false, false, true]],
    [100, [false, false, false, true]],
  ] as const)(
    'says of a disk at %s %% whether it is chosen, begins a pull, goes on with one, flushes',
    (percent, expected) => {
      const tier = diskTierOf(percent, DISK_TIERS);
      const uses = ['be-chosen', 'begin-pull', 'go-on-pulling', 'flush'] as const;
      expect(uses.map((use) => allowsUse(tier, use))).toEqual(expected);
    },
  );
});

describe('decideBlocked', () => {
  const policy = resolveSyncPolicy(nothing);
  const full = makeNode(1, { disk: { totalBytes: 100, freeBytes: 30, usedPercent: 70 } });
  const blockedSince = (seconds: number) => ({ [nodeIdOf(1)]: toTimestamp(addSeconds(START, -seconds)) });

  it('sees who can be sent no data, and when it is too long: a blocked receiver is never silence', () => {
    expect(decideBlocked([full, own], {}, policy, START)).toEqual([
      { nodeId: nodeIdOf(1), reason: 'disk-full', since: toTimestamp(START), isLong: false },
    ]);
    expect(decideBlocked([full], blockedSince(899), policy, START)[0]?.isLong).toBe(false);
    expect(decideBlocked([full], blockedSince(900), policy, START)[0]?.isLong).toBe(true);
  });

  it('takes an unknown disk for a blocked one, and an exclusion for what it lasts', () => {
    expect(decideBlocked([makeNode(1, { noDisk: true })], {}, policy, START)[0]?.reason).toBe('disk-unknown');
    const until = (seconds: number) =>
      makeNode(1, { excludedUntil: toTimestamp(addSeconds(START, seconds)) });
    expect(decideBlocked([until(1)], {}, policy, START)[0]?.reason).toBe('excluded');
    expect(decideBlocked([until(0)], {}, policy, START)).toEqual([]);
  });

  it('forgets since when, once it is over', () => {
    expect(decideBlocked([own], blockedSince(9999), policy, START)).toEqual([]);
  });
});
