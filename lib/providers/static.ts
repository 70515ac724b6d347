import { ProviderError } from './provider-error.ts';
import type { ProviderFactory } from './provider-port.ts';

/**
 * The user's own machines. Nobody lists them: an empty list would say that all are gone, so listing throws. Nothing
 * can terminate them, and nothing asks for a key or the network.
 */
const createStatic: ProviderFactory = () => ({
  key: 'static',
  capabilities: {
    lists: false,
    canTerminate: false,
    canStop: false,
    reportsUtilization: false,
    reportsAddress: false,
    reportsPreemption: false,
    reportsCreation: false,
  },
  pacing: [],
  listInstances: () =>
    Promise.reject(
      new ProviderError(
        'static',
        'incomplete',
        'static: own machines are listed by nobody; look at `capabilities.lists` before asking for a list',
      ),
    ),
  terminate: () =>
    Promise.resolve({
      outcome: 'refused',
      detail: 'own machines are never terminated: switch it off yourself',
    }),
});

export { createStatic };
