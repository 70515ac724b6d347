/** Which bytes of a file are written, when ranges arrive side by side. */
class RangePlan {
  readonly #totalBytes: number;
  readonly #rangeBytes: number;
  #next: number;
  /** Start of a range that is not complete → up to where it is written. */
  readonly #open = new Map<number, { end: number; written: number }>();

  /** Everything before `from` is on disk already. */
  constructor(totalBytes: number, rangeBytes: number, from: number) {
    this.#totalBytes = totalBytes;
    this.#rangeBytes = rangeBytes;
    this.#next = from;
  }

  /** The next range that nobody fetches yet, or undefined when all are given out. `end` is exclusive. */
  take(): { start: number; end: number } | undefined {
    if (this.#next >= this.#totalBytes) return undefined;
    const start = this.#next;
    const end = Math.min(this.#totalBytes, start + this.#rangeBytes);
    this.#next = end;
    this.#open.set(start, { end, written: start });
    return { start, end };
  }

  /** The range that began at `start` is written up to `position`. */
  wrote(start: number, position: number): void {
    const range = this.#open.get(start);
    if (range === undefined) return;
    range.written = position;
    if (position >= range.end) this.#open.delete(start);
  }

  /** How far the range that began at `start` is written; undefined when it is complete. */
  positionOf(start: number): number | undefined {
    return this.#open.get(start)?.written;
  }

  /** Every byte before this is written. */
  get frontier(): number {
    let lowest = this.#next;
    for (const { written } of this.#open.values()) lowest = Math.min(lowest, written);
    return lowest;
  }
}

export { RangePlan };
