import { describe, expect, it } from 'vitest';
import type { ConfigStore } from '../../../lib/config/config-store.ts';
import { fleetConfigSchema } from '../../../lib/config/fleet-config.ts';
import { createMemoryConfigStore } from '../../../lib/config/memory-config-store.ts';
import { nodeConfigurationOf } from '../../../lib/config/node-configuration-of.ts';
import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import type { Provider } from '../../../lib/nodes/node.ts';
import { CloudError } from '../../../local/cloud-error.ts';
import type { IdleMode } from '../../../local/start/flags.ts';
import {
  announceIdle,
  applyStarterConfig,
  starterConfig,
  summarizeIdle,
} from '../../../local/start/starter-config.ts';

const clock = { now: () => new Date('2026-11-23T12:00:00.000Z') };
const node = (provider: Provider) => ({ nodeId: '', provider, role: 'worker', labels: {} });
const start = (store: ConfigStore, asked?: IdleMode) => applyStarterConfig(store, clock, asked);

describe('the starter configuration', () => {
  it('ends simulated instances within a time that somebody can watch, and no machine of a person', () => {
    const { idle } = starterConfig('enforce');

    for (const provider of ['lambda-labs', 'vast', 'runpod'] as const) {
      expect(resolveIdlePolicy(idle, node(provider))).toMatchObject({
        mode: 'enforce',
        idleThresholdSeconds: 60,
        bootGraceSeconds: 30,
        drainPeriodSeconds: 20,
        retain: provider === 'vast' ? 0 : 1,
      });
    }
    expect(resolveIdlePolicy(idle, node('static')).mode).toBe('observe');
  });

  it('claims what the first fleet leaves as its results', () => {
    expect(nodeConfigurationOf(starterConfig('enforce'), node('vast')).claim).toMatchObject([
      { glob: 'results/**', name: 'results' },
    ]);
  });

  it.each([
    [undefined, 'enforce'],
    ['observe', 'observe'],
    ['off', 'off'],
  ] as const)('is applied at the first start: --idle %s means %s', async (asked, mode) => {
    const store = createMemoryConfigStore();

    const config = await start(store, asked);

    expect(config).toEqual(starterConfig(mode));
    expect(await store.current()).toMatchObject({ version: 1, config, applied: { appliedBy: 'npm start' } });
  });

  it('never comes back over what is applied', async () => {
    const store = createMemoryConfigStore();
    const own = fleetConfigSchema.parse({ idle: { providers: { vast: { retain: 3 } } } });
    const applied = { appliedAt: clock.now().toISOString(), appliedBy: 'somebody', reason: 'mine' };
    await store.put({ version: 1, config: own, ...applied }, 0);

    const kept = await start(store);
    const asked = await start(store, 'enforce');
    const again = await start(store, 'enforce');

    expect(kept).toEqual(own);
    expect(asked.idle.providers).toEqual({
      'lambda-labs': { mode: 'enforce' },
      vast: { retain: 3, mode: 'enforce' },
      runpod: { mode: 'enforce' },
    });
    expect(again).toEqual(asked);
    expect((await store.current()).version).toBe(2);
  });

  it('gives way to whoever applies another one at the same moment', async () => {
    const store = { ...createMemoryConfigStore(), put: () => Promise.resolve(false) };

    await expect(start(store)).rejects.toThrow(CloudError);
  });
});

describe('what npm start says of it', () => {
  it('is plain before anything runs', () => {
    expect(announceIdle()).toContain('Idle nodes are terminated here after about a minute');
    expect(announceIdle('observe')).toBe('Idle nodes are only named, not terminated here (--idle observe).');
    expect(announceIdle('off')).toBe('Idle nodes are left alone here (--idle off).');
  });

  it('is short once it runs, and by provider where they differ', () => {
    const config = starterConfig('enforce');
    const { idle } = config;
    const mixed = {
      ...config,
      idle: { ...idle, providers: { ...idle.providers, runpod: { mode: 'off' as const } } },
    };

    expect(summarizeIdle(config)).toBe('idle nodes are terminated after 60 s');
    expect(summarizeIdle(mixed)).toBe(
      'lambda-labs: idle nodes are terminated after 60 s; vast: idle nodes are terminated after 60 s; runpod: idle nodes are left alone',
    );
  });
});
