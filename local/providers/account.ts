import { join } from 'node:path';
import * as z from 'zod';
import { readJson, writeJson } from './account-file.ts';
import { type Bill, readBill } from './bill.ts';
import type { Charge, Offer, SimInstance } from './instance.ts';
import { simInstanceSchema } from './instance.ts';
import { createLifeCycle } from './life-cycle.ts';
import { changeLoad, idleLoad, type Load, type LoadChange } from './load.ts';
import type { Machines } from './machines.ts';
import { newMeter } from './meter.ts';
import type { ProviderRules } from './provider-rules.ts';

/** What a person or a test does to an instance from behind the API. */
interface Script {
  /** Overwrites fields of the API's answer about it; `{}` takes all back. */
  readonly answerFields?: Record<string, unknown> | undefined;
  readonly gpuUtilization?: number[] | null | undefined;
  readonly charge?: Charge | undefined;
}

interface RentOptions {
  readonly name?: string;
  /** Default: this machine's own, from which its agent really calls. */
  readonly address?: string;
  /** Default: idle. */
  readonly load?: Load;
}

type Ending = 'normal' | 'stuck';

interface Account {
  readonly rules: ProviderRules;
  /** What the API lists now, oldest first. */
  listed(): SimInstance[];
  find(id: string): SimInstance | undefined;
  /** Rents an instance; resolves when its machine was started. */
  rent(offer: Offer, options?: RentOptions): Promise<SimInstance>;
  /** The end of an instance. Its machine is destroyed in the background: `settled` waits for it. */
  terminate(id: string, ending?: Ending): SimInstance;
  /** Lets an instance that is stuck in `terminating` go. */
  release(id: string): void;
  stop(id: string): SimInstance;
  start(id: string): SimInstance;
  restart(id: string): SimInstance;
  /** The provider takes it back; `silently` it is just gone. */
  preempt(id: string, silently?: boolean): void;
  script(id: string, script: Script): void;
  /** What runs on the machine from now on; the API shows it too, whatever a script said of the GPUs before. */
  setLoad(id: string, change: LoadChange): void;
  bill(): Bill;
  /** Of all its machines ever. */
  folders(): string[];
  /** Makes the machines as the instances say that an earlier process left behind. */
  resume(): Promise<void>;
  /** Resolves when every machine is as its instance says. */
  settled(): Promise<void>;
}

interface AccountOptions {
  readonly rules: ProviderRules;
  readonly now: () => number;
  readonly machines: Machines;
  /** State is kept here over restarts. */
  readonly dataFolder?: string | undefined;
  /** The name of the next machine's folder. */
  readonly nextFolder: () => string;
  readonly log: (line: string) => void;
  readonly bootMs?: number | undefined;
  readonly terminateMs?: number | undefined;
}

const LOCAL_ADDRESS = '127.0.0.1';
const stateSchema = z.object({ instances: z.array(simInstanceSchema) });

/** The instances and the bill of one customer of one provider, without any HTTP. */
const createAccount = (options: AccountOptions): Account => {
  const { rules, now, machines, log } = options;
  const life = createLifeCycle(rules);
  const bootMs = options.bootMs ?? rules.bootMs;
  const terminateMs = options.terminateMs ?? rules.terminateMs;
  const file = options.dataFolder && join(options.dataFolder, `${rules.key}.json`);
  const instances = new Map(
    (file === undefined ? [] : (readJson(file, stateSchema)?.instances ?? [])).map((one) => [one.id, one]),
  );
  /** What runs on a machine, one after the other. */
  const work = new Map<string, Promise<void>>();

  const save = (): void => {
    if (file !== undefined) writeJson(file, { instances: [...instances.values()] });
  };

  /** Phases end at their own instants, whenever somebody looks. */
  const advance = (): void => {
    const before = [...instances.values()];
    const after = before.map((instance) => life.advance(instance, now()));
    if (after.every((instance, index) => instance === before[index])) return;
    for (const instance of after) instances.set(instance.id, instance);
    save();
  };

  const operate = (instance: SimInstance, what: 'boot' | 'setLoad' | 'halt' | 'destroy'): Promise<void> => {
    const done = (work.get(instance.id) ?? Promise.resolve())
      .then(() =>
        machines[what]({
          provider: rules.key,
          instanceId: instance.id,
          folder: instance.folder,
          environment: rules.environment(instance),
          offer: instance.offer,
          load: instance.load,
        }),
      )
      .catch((error: unknown) => log(`${rules.key} ${instance.id}: could not ${what}: ${String(error)}`));
    work.set(instance.id, done);
    return done;
  };

  const get = (id: string): SimInstance => {
    advance();
    const instance = instances.get(id);
    if (instance === undefined || instance.phase === 'gone')
      throw new Error(`${rules.key} has no instance ${id}`);
    return instance;
  };

  const keep = (instance: SimInstance): SimInstance => {
    instances.set(instance.id, instance);
    save();
    return instance;
  };

  const boots = (instance: SimInstance): SimInstance => {
    const booting = life.enter(instance, 'booting', now(), { lastsMs: bootMs });
    void operate(booting, 'boot');
    return keep(booting);
  };

  return {
    rules,
    listed: () => {
      advance();
      return [...instances.values()].filter(({ phase }) => phase !== 'gone');
    },
    find: (id) => {
      advance();
      const instance = instances.get(id);
      return instance?.phase === 'gone' ? undefined : instance;
    },
    rent: async (offer, { name, address = LOCAL_ADDRESS, load = idleLoad } = {}) => {
      const folder = options.nextFolder();
      const booting = boots({
        id: rules.newId(),
        name: name ?? `node-${folder}`,
        folder,
        offer,
        address,
        phase: 'booting',
        createdAtMs: now(),
        load,
        meter: newMeter(now()),
        answerFields: {},
      });
      await work.get(booting.id);
      return booting;
    },
    terminate: (id, ending = 'normal') => {
      const instance = get(id);
      // Asking again neither hastens nor frees what is stuck.
      if (instance.phase === 'terminating') return instance;
      void operate(instance, 'destroy');
      return keep(
        life.enter(
          instance,
          'terminating',
          now(),
          ending === 'normal'
            ? { lastsMs: terminateMs }
            : { charge: instance.charge ?? rules.charges[instance.phase] },
        ),
      );
    },
    release: (id) => {
      const instance = get(id);
      if (instance.phase !== 'terminating') throw new Error(`${id} is ${instance.phase}, not terminating`);
      keep(life.next(instance, now()));
    },
    stop: (id) => {
      const instance = get(id);
      void operate(instance, 'halt');
      return keep(life.enter(instance, 'stopped', now()));
    },
    start: (id) => boots(get(id)),
    restart: (id) => {
      const instance = get(id);
      void operate(instance, 'halt');
      void operate(instance, 'boot');
      return instance;
    },
    preempt: (id, silently = false) => {
      const instance = get(id);
      const phase = silently ? 'gone' : rules.preemptedPhase;
      void operate(instance, phase === 'stopped' ? 'halt' : 'destroy');
      keep(
        life.enter(instance, phase, now(), phase === 'preempted' ? { lastsMs: rules.listedAfterEndMs } : {}),
      );
    },
    script: (id, { answerFields, gpuUtilization, charge }) => {
      const instance = get(id);
      keep(
        life.meterAt(
          {
            ...instance,
            ...(answerFields !== undefined && { answerFields }),
            ...(gpuUtilization !== undefined && { gpuUtilization }),
            ...(charge !== undefined && { charge }),
          },
          now(),
        ),
      );
    },
    setLoad: (id, change) => {
      const { gpuUtilization: _scripted, ...instance } = get(id);
      const load = changeLoad(instance.load, change, instance.offer.gpuCount);
      void operate(keep({ ...instance, load }), 'setLoad');
    },
    bill: () => {
      advance();
      return readBill([...instances.values()], now(), rules.billingIncrementMs);
    },
    folders: () => [...instances.values()].map(({ folder }) => folder),
    resume: async () => {
      advance();
      for (const instance of instances.values()) {
        if (instance.phase === 'booting' || instance.phase === 'running') await operate(instance, 'boot');
        // Its end may have been cut short.
        else if (instance.phase !== 'stopped') await operate(instance, 'destroy');
      }
    },
    settled: async () => {
      await Promise.all(work.values());
    },
  };
};

export type { Account, Ending, RentOptions, Script };
export { createAccount };
