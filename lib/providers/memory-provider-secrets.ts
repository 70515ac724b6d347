import type { ProviderSecrets } from './provider-keys.ts';

/** ProviderSecrets in memory. */
const createMemoryProviderSecrets = (): ProviderSecrets => {
  const texts = new Map<string, string>();
  return {
    read: async (provider) => texts.get(provider),
    write: async (provider, text) => {
      texts.set(provider, text);
    },
  };
};

export { createMemoryProviderSecrets };
