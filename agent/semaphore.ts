/** At most `limit` at once; the others wait in the order in which they came. */
class Semaphore {
  readonly #limit: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many hold it now. */
  get held(): number {
    return this.#held;
  }

  /** Runs `work` when there is room. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#held >= this.#limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#held += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place passes on directly: nobody can slip in between.
      if (next === undefined) this.#held -= 1;
      else next();
    }
  }
}

/** One at a time for each key. */
class KeyedMutex {
  readonly #byKey = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#byKey.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#byKey.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#byKey.get(key) === settled) this.#byKey.delete(key);
    }
  }
}

export { KeyedMutex, Semaphore };
