import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SimulationResult } from './simulate.ts';
import type { WorldOptions } from './world.ts';

interface Job {
  readonly id: number;
  readonly options: WorldOptions;
  /** The guard that is taken away. */
  readonly without: string | undefined;
}

interface Answer {
  readonly id: number;
  readonly result: SimulationResult;
}

interface Pool {
  /** Runs a world on the next thread that is free. */
  simulate(options: WorldOptions, without?: string): Promise<SimulationResult>;
  close(): Promise<void>;
}

/** Two threads, where there are two cores: worlds know nothing of each other. */
const createPool = (size = Math.min(2, availableParallelism())): Pool => {
  const waiting = new Map<number, PromiseWithResolvers<SimulationResult>>();
  const threads = Array.from(
    { length: size },
    () =>
      new Worker(new URL('./worker.ts', import.meta.url), {
        // Most of what a world makes is gone a minute later.
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      }),
  );
  const free = [...threads];
  const queue: Job[] = [];
  const begin = (): void => {
    while (free.length > 0 && queue.length > 0) free.pop()?.postMessage(queue.shift());
  };
  let jobs = 0;
  for (const thread of threads) {
    thread.on('message', ({ id, result }: Answer) => {
      waiting.get(id)?.resolve(result);
      waiting.delete(id);
      free.push(thread);
      begin();
    });
    thread.on('error', (error) => {
      for (const { reject } of waiting.values()) reject(error);
    });
  }
  return {
    simulate: (options, without) => {
      const id = jobs;
      jobs += 1;
      const answer = Promise.withResolvers<SimulationResult>();
      waiting.set(id, answer);
      queue.push({ id, options, without });
      begin();
      return answer.promise;
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
};

export type { Job, Pool };
export { createPool };
