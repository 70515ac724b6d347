import { type NextConfig, neverApplied, type PastConfig } from './applied-config.ts';
import type { ConfigStore } from './config-store.ts';

/** ConfigStore in memory. */
const createMemoryConfigStore = (): ConfigStore => {
  const versions: NextConfig[] = [];
  const toPast = (next: NextConfig): PastConfig => {
    const { version, config, ...applied } = structuredClone(next);
    return { version, config, applied };
  };
  return {
    current: async () => {
      const last = versions.at(-1);
      return last === undefined ? neverApplied() : { ...toPast(last), revision: versions.length };
    },
    get: async (version) => {
      if (version === 0) return neverApplied();
      const found = versions.find((one) => one.version === version);
      return found && toPast(found);
    },
    list: async (limit) =>
      versions
        .map(({ config: _config, ...version }) => version)
        .reverse()
        .slice(0, limit),
    put: async (next, expectedRevision) => {
      if (versions.length !== expectedRevision) return false;
      versions.push(structuredClone(next));
      return true;
    },
  };
};

export { createMemoryConfigStore };
