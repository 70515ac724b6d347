/** What a process does, one step at a time: it awaits its turn before each. */
type Process = (turn: () => Promise<void>) => Promise<void>;

/** Runs the processes so that `choices` says who goes next at each point where more than one can; afterwards the first that can. */
const runSchedule = async (
  processes: readonly Process[],
  choices: readonly number[],
): Promise<{ readonly options: readonly number[] }> => {
  const waiting = new Map<number, () => void>();
  const done = new Set<number>();
  let wake: () => void = () => undefined;
  const failures: unknown[] = [];
  processes.forEach((process, index) => {
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        waiting.set(index, resolve);
        wake();
      });
    process(turn)
      .catch((error: unknown) => failures.push(error))
      .finally(() => {
        done.add(index);
        wake();
      });
  });
  const options: number[] = [];
  for (let point = 0; done.size < processes.length; ) {
    if (waiting.size + done.size < processes.length) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const ready = [...waiting.keys()].sort((a, b) => a - b);
    if (ready.length === 0) continue;
    const next = ready[ready.length === 1 ? 0 : (choices[point] ?? 0)] ?? 0;
    if (ready.length > 1) {
      options.push(ready.length);
      point += 1;
    }
    const go = waiting.get(next);
    waiting.delete(next);
    go?.();
    // The step runs until the process waits again, or ends.
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  if (failures.length > 0) throw failures[0];
  return { options };
};

/**
 * Every interleaving of the steps of some processes, each on a world of its own. `start` makes the world and its processes; `check` looks
 * at it after the last step, and says what is wrong.
 * @returns how many interleavings there are
 */
const everyInterleaving = async <World>(
  start: () => Promise<{ readonly world: World; readonly processes: readonly Process[] }>,
  check: (world: World) => string | undefined,
): Promise<number> => {
  let choices: number[] = [];
  for (let count = 1; ; count += 1) {
    const { world, processes } = await start();
    const { options } = await runSchedule(processes, choices);
    const wrong = check(world);
    if (wrong !== undefined) throw new Error(`${wrong}, at the interleaving ${choices.join('')}`);
    // The next in depth-first order: the last choice that has another option.
    const taken = options.map((_, index) => choices[index] ?? 0);
    let last = taken.length - 1;
    while (last >= 0 && (taken[last] ?? 0) + 1 >= (options[last] ?? 0)) last -= 1;
    if (last < 0) return count;
    choices = [...taken.slice(0, last), (taken[last] ?? 0) + 1];
  }
};

export type { Process };
export { everyInterleaving };
