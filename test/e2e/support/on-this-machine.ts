import { availableParallelism, loadavg } from 'node:os';

/** A time that holds on cores of its own: who shares the machine with other work waits longer. */
const onThisMachine = (quiet: number): number =>
  quiet * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

export { onThisMachine };
