import { onTestFinished } from 'vitest';
import * as z from 'zod';
import type { SimInstance } from '../../../local/providers/instance.ts';
import { offerFor } from '../../../local/providers/offers.ts';
import type { Simulator } from '../../../local/providers/simulator.ts';
import { type SimulatorOptions, startSimulators } from '../../../local/providers/simulators.ts';

const START = Date.parse('2026-11-23T12:00:00.000Z');

interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** @throws when the body is no JSON */
  json(): unknown;
}

interface SimulatedProvider extends Simulator {
  readonly endpoint: string;
  call(path: string, options?: CallOptions): Promise<Called>;
  /** Lets the simulator's clock run. */
  pass(ms: number): void;
  /** Rents as many instances, all running. */
  rentRunning(count: number): Promise<SimInstance[]>;
  /** What an answer holds under `key`. */
  list(path: string, key: string): Promise<Record<string, unknown>[]>;
}

/** One simulator with a clock of the test's own; it ends with the test. Instances are records only unless `machines` are given. */
const simulate = async (provider: string, options: SimulatorOptions = {}): Promise<SimulatedProvider> => {
  let nowMs = START;
  const simulators = await startSimulators({ now: () => nowMs, ...options });
  onTestFinished(() => simulators.stop());
  const simulator = simulators.of(provider);
  const pass = (ms: number): void => {
    nowMs += ms;
  };

  const call = async (path: string, { method = 'GET', body, key, headers }: CallOptions = {}) => {
    const response = await fetch(`${simulator.baseUrl}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${key ?? [...simulator.keys][0]}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (): unknown => JSON.parse(text),
    };
  };

  return {
    ...simulator,
    endpoint: simulators.endpoint,
    call,
    pass,
    rentRunning: async (count) => {
      const rented: SimInstance[] = [];
      for (let index = 0; index < count; index += 1) {
        rented.push(await simulator.account.rent(offerFor(provider, index)));
      }
      pass(options.bootMs ?? simulator.account.rules.bootMs);
      return rented;
    },
    list: async (path, key) => {
      const answered = await call(path);
      const parsed = z.looseObject({}).parse(answered.json());
      return z.array(z.looseObject({})).parse(parsed[key]);
    },
  };
};

export type { SimulatedProvider };
export { START, simulate };
