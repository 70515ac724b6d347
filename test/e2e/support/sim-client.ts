import * as z from 'zod';
import type { Fault } from '../../../local/providers/faults.ts';
import { type LoadChange, loadSchema } from '../../../local/providers/load.ts';

const instanceSchema = z.object({
  id: z.string(),
  name: z.string(),
  phase: z.string(),
  /** Of the machine, under `nodes/` and `machines/`. */
  folder: z.string(),
  load: loadSchema,
});
type ShownInstance = z.infer<typeof instanceSchema>;

const stateSchema = z.array(
  z.object({
    provider: z.string(),
    /** Takes the place of the provider's own address. */
    baseUrl: z.string(),
    instances: z.array(instanceSchema),
    bill: z.object({ microUsd: z.int() }),
    requests: z.object({
      byOperation: z.record(z.string(), z.int()),
      terminationsById: z.record(z.string(), z.int()),
    }),
  }),
);
type ProviderSight = z.infer<typeof stateSchema>[number];

/** What happens behind the providers' backs, over HTTP: of simulators in this process or in another one. */
interface SimClient {
  /** Instances, bill and requests as the provider's owner sees them. */
  look(provider: string): Promise<ProviderSight>;
  rent(provider: string, options?: { name?: string; load?: LoadChange }): Promise<ShownInstance>;
  setLoad(provider: string, instanceId: string, load: LoadChange): Promise<void>;
  inject(provider: string, fault: Fault): Promise<void>;
  clearFaults(provider: string): Promise<void>;
  /** How often the end of the instance was asked for since the simulators started, however it was answered. */
  terminations(provider: string, instanceId: string): Promise<number>;
}

/** `endpoint`: of the server of all simulators, without a path. */
const createSimClient = (endpoint: string): SimClient => {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${endpoint}/_sim${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /_sim${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const look = async (provider: string): Promise<ProviderSight> => {
    const all = stateSchema.parse(await call('GET', ''));
    const found = all.find((one) => one.provider === provider);
    if (found === undefined) throw new Error(`there is no simulator of ${provider}`);
    return found;
  };
  return {
    look,
    rent: async (provider, options = {}) =>
      instanceSchema.parse(await call('POST', `/${provider}/instances`, options)),
    setLoad: async (provider, instanceId, load) => {
      await call('POST', `/${provider}/instances/${instanceId}/load`, load);
    },
    inject: async (provider, fault) => {
      await call('POST', `/${provider}/faults`, fault);
    },
    clearFaults: async (provider) => {
      await call('DELETE', `/${provider}/faults`);
    },
    terminations: async (provider, instanceId) =>
      (await look(provider)).requests.terminationsById[instanceId] ?? 0,
  };
};

export type { ProviderSight, ShownInstance, SimClient };
export { createSimClient };
