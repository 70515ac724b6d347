import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PermanentError } from '../lib/errors.ts';
import { randomIds } from '../lib/ids.ts';
import type { Provider as ProviderKey } from '../lib/nodes/node.ts';
import { baseUrlVariable } from '../lib/providers/base-url-variable.ts';
import { createDynamoPaceStore } from '../lib/providers/dynamo-pace-store.ts';
import { PACE_POLICY } from '../lib/providers/pace.ts';
import type { ProviderKeys } from '../lib/providers/provider-keys.ts';
import type { Provider } from '../lib/providers/provider-port.ts';
import { providerFactories } from '../lib/providers/registry.ts';
import type { RequestObservation } from '../lib/providers/request-gate.ts';
import { createSharedGate } from '../lib/providers/shared-gate.ts';
import { createTellingGate } from '../lib/providers/telling-gate.ts';
import { systemClock } from '../lib/time.ts';
import { systemWait } from '../lib/wait.ts';

interface ProviderPortsOptions {
  readonly client: DynamoDBDocumentClient;
  readonly controlTable: string;
  readonly keys: ProviderKeys;
  readonly logger: Logger;
  /** Told of each request's outcome. */
  readonly observe?: (observation: RequestObservation) => void;
}

/** The adapter of a provider that somebody logged in to, behind the gate that all functions share; undefined when nobody did. */
const openProvider = async (
  key: ProviderKey,
  { client, controlTable, keys, logger, observe = () => {} }: ProviderPortsOptions,
): Promise<Provider | undefined> => {
  const secret = await keys.get(key);
  if (secret === undefined) return undefined;
  const apiKeyOf = async (read: ProviderKeys['get']): Promise<string> => {
    const current = await read(key);
    if (current === undefined)
      throw new PermanentError(
        `there is no key for ${key} any more: \`drover providers login ${key}\` stores one`,
      );
    return current.apiKey;
  };
  // Set by the embedded cloud only, so that adapters talk to its simulators.
  const baseUrl = process.env[baseUrlVariable(key)];
  return providerFactories[key]({
    apiKey: () => apiKeyOf(keys.get),
    reloadApiKey: () => apiKeyOf(keys.reload),
    fetch: globalThis.fetch,
    clock: systemClock,
    wait: systemWait,
    gate: createTellingGate(
      createSharedGate({
        provider: key,
        paces: createDynamoPaceStore(client, controlTable),
        clock: systemClock,
        wait: systemWait,
        ids: randomIds,
        policy: PACE_POLICY,
        warn: (message, error) => logger.warn(message, { error: String(error) }),
      }),
      observe,
    ),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
};

export type { ProviderPortsOptions };
export { openProvider };
