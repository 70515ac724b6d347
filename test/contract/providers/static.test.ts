import { describe, expect, it } from 'vitest';
import { providerSchema } from '../../../lib/nodes/node.ts';
import { providerFactories } from '../../../lib/providers/registry.ts';
import { createStatic } from '../../../lib/providers/static.ts';
import { adapterCases } from './adapters.ts';
import { replay } from './replay.ts';

describe('static: own machines', () => {
  it('throws for a list, since an empty one would say that all machines are gone', async () => {
    const { options, sent } = replay([]);
    const provider = createStatic(options);
    expect(provider.capabilities.lists).toBe(false);
    await expect(provider.listInstances()).rejects.toMatchObject({
      name: 'ProviderError',
      kind: 'incomplete',
    });
    expect(sent).toEqual([]);
  });

  it('never terminates a machine', async () => {
    const { options, sent } = replay([]);
    const provider = createStatic(options);
    expect(provider.capabilities.canTerminate).toBe(false);
    expect(await provider.terminate('my-desk')).toMatchObject({ outcome: 'refused' });
    expect(sent).toEqual([]);
  });
});

describe('providerFactories', () => {
  it('has every provider under its own key', () => {
    const { options } = replay([]);
    for (const key of providerSchema.def.out.options) expect(providerFactories[key](options).key).toBe(key);
  });

  it('holds every provider with an API to the shared suite', () => {
    const { options } = replay([]);
    const withApi = Object.entries(providerFactories)
      .filter(([, create]) => create(options).capabilities.lists)
      .map(([key]) => key);
    expect(adapterCases.map(({ name }) => name)).toEqual(withApi);
    for (const { name, create } of adapterCases) expect(create(options).key).toBe(name);
  });
});
