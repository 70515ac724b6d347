/** Enough for minutes of a busy bus; the overlap of two reads is 30 s. */
const DEFAULT_CAPACITY = 10_000;

/** Remembers the last ids, so that a repeat is known; the oldest are forgotten. */
class RecentIds {
  readonly #ids = new Set<string>();
  readonly #capacity: number;

  constructor(capacity: number = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** True the first time. */
  isNew(id: string): boolean {
    if (this.#ids.has(id)) {
      return false;
    }
    this.#ids.add(id);
    if (this.#ids.size > this.#capacity) {
      const [oldest = id] = this.#ids;
      this.#ids.delete(oldest);
    }
    return true;
  }
}

export { RecentIds };
